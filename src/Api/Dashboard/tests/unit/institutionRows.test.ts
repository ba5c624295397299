import { describe, expect, it } from 'vitest'
import { choose, nextSort, readSort, type RowChoice } from '../../src/overview/institutionRows'
import { metric, row } from './overviewRows'

const all: RowChoice = { search: '', type: '', status: '', sort: 'status', descending: false }
const codes = (rows: { code: string }[]) => rows.map(each => each.code)

describe('the institution list', () => {
  it('puts the worst state first', () => {
    const rows = [row('a'), row('b', { status: 'over' }), row('c', { status: 'nodata' }), row('d', { status: 'warn' })]
    expect(codes(choose(rows, all))).toEqual(['b', 'd', 'c', 'a'])
  })

  it('sorts by the raw value and keeps missing ones last in both directions', () => {
    const rows = [row('a', { energyYear: metric(null) }), row('b', { energyYear: metric(0) }), row('c', { energyYear: metric(12) })]
    expect(codes(choose(rows, { ...all, sort: 'energy', descending: true }))).toEqual(['c', 'b', 'a'])
    expect(codes(choose(rows, { ...all, sort: 'energy', descending: false }))).toEqual(['b', 'c', 'a'])
  })

  it('finds by a part of the name or of the code, whatever the case', () => {
    const rows = [row('EDU-001', { name: '第一中学' }), row('GOV-002', { name: '财政局' })]
    expect(codes(choose(rows, { ...all, search: ' 中学 ' }))).toEqual(['EDU-001'])
    expect(codes(choose(rows, { ...all, search: 'gov' }))).toEqual(['GOV-002'])
  })

  it('filters by type and state together', () => {
    const rows = [row('a', { type: '021', status: 'over' }), row('b', { type: '021' }), row('c', { status: 'over' })]
    expect(codes(choose(rows, { ...all, type: '021', status: 'over' }))).toEqual(['a'])
  })

  it('leaves the given rows as they were', () => {
    const rows = [row('b'), row('a', { status: 'over' })]
    choose(rows, all)
    expect(codes(rows)).toEqual(['b', 'a'])
  })

  it.each([['energy', 'energy', false], ['-quota', 'quota', true], ['nonsense', 'status', false], ['', 'status', false]])(
    'reads the sort %j from the address', (text, sort, descending) => expect(readSort(text)).toEqual({ sort, descending }))

  it('turns the order round at the second click, amounts begin with the largest', () => {
    expect(nextSort({ sort: 'status', descending: false }, 'energy')).toBe('-energy')
    expect(nextSort({ sort: 'energy', descending: true }, 'energy')).toBe('energy')
    expect(nextSort({ sort: 'energy', descending: true }, 'name')).toBe('name')
  })
})
