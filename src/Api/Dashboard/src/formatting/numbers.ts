import { roundHalfAway, shift, spell, spellRounded } from './decimal'
import { shownAs, type Language, type Place, type Shown } from './units'

export const missing = '—'

/** A number as it is shown: digits and unit apart, so that they can be set in different sizes. */
export interface Figure {
  readonly digits: string
  readonly unit: string
}

const isNumber = (v: number | null | undefined): v is number => typeof v === 'number' && Number.isFinite(v)

export function figure(v: number | null | undefined, unit: string, place: Place, language: Language): Figure {
  return isNumber(v) ? figureIn(v, shownAs(v, unit, place, language)) : { digits: missing, unit: '' }
}

/** In a unit that was chosen before, as in a column or on an axis. */
export function figureIn(v: number | null | undefined, shown: Shown): Figure {
  return isNumber(v)
    ? { digits: spellRounded(shift(v, shown.places), shown.decimals), unit: shown.unit }
    : { digits: missing, unit: '' }
}

/** Digits and unit in one text: a space before a unit, none before the percent sign. */
export function join({ digits, unit }: Figure): string {
  return unit === '' ? digits : unit === '%' ? `${digits}%` : `${digits} ${unit}`
}

export const quantity = (v: number | null | undefined, unit: string, place: Place, language: Language): string =>
  join(figure(v, unit, place, language))

/** A share between 0 and 1 as a percentage with one decimal. */
export const percent = (share: number | null | undefined): string => quantity(share, 'ratio', 'table', 'zh-CN')

/** A count: whole, grouped. */
export const count = (n: number): string => spell(n, 0)

export const money = (yuan: number | null | undefined): string => (isNumber(yuan) ? `¥${spell(roundHalfAway(yuan, 2), 2)}` : missing)

export type Direction = 'down' | 'up' | 'flat'

/** A relative change as a direction and an unsigned percentage; less than 0.05 % either way is flat. */
export function change(v: number): { direction: Direction; amount: string } {
  const rounded = roundHalfAway(shift(v, 2), 1)
  return {
    direction: rounded === 0 ? 'flat' : rounded < 0 ? 'down' : 'up',
    amount: `${spell(Math.abs(rounded), 1)}%`,
  }
}
