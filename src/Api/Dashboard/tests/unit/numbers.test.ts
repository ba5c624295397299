import { describe, expect, it } from 'vitest'
import numbers from '../../../../../tests/Vectors/formatting/numbers.json'
import { change, money, quantity } from '../../src/formatting/numbers'
import type { Language, Place } from '../../src/formatting/units'

interface Vectors {
  quantities: { v: number | null; u: string; place: Place; lang: Language; text: string }[]
  changes: { v: number; direction: string; amount: string }[]
  money: { v: number | null; text: string }[]
}

const vectors = numbers as Vectors

describe('numbers as the shared vectors show them', () => {
  it.each(vectors.quantities)('$v $u on a $place in $lang reads $text', ({ v, u, place, lang, text }) => {
    expect(quantity(v, u, place, lang)).toBe(text)
  })

  it.each(vectors.changes)('a change of $v is $direction $amount', ({ v, direction, amount }) => {
    expect(change(v)).toEqual({ direction, amount })
  })

  it.each(vectors.money)('$v yuan reads $text', ({ v, text }) => {
    expect(money(v)).toBe(text)
  })

  it.each([NaN, Infinity, -Infinity, undefined])('%s is missing, not a number', v => {
    expect(quantity(v, 'kWh', 'tile', 'zh-CN')).toBe('—')
  })
})
