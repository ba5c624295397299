import { describe, expect, it } from 'vitest'
import { csvOf } from '../../src/charts/table'

const csv = (...cells: { text: string; raw?: number | string | null }[]) => csvOf({ columns: ['a'], rows: [cells], fileName: 'x' }).split('\r\n')[1]

describe('a chart as a file', () => {
  it('holds raw values, and nothing where one is missing', () => {
    expect(csv({ text: '1,234', raw: 1234.5 }, { text: '—', raw: null }, { text: '3月' })).toBe('1234.5,,3月')
  })

  it('quotes what needs it', () => {
    expect(csv({ text: 'a "b", c' })).toBe('"a ""b"", c"')
  })

  it.each(['=HYPERLINK("x")', '+1', '-1', '@a'])('makes %s plain text', text => {
    expect(csv({ text })).toMatch(/^"?'/)
  })

  it('leaves a negative number a number', () => {
    expect(csv({ text: '−5', raw: -5 })).toBe('-5')
  })
})
