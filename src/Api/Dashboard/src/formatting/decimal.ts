/**
 * Decimal arithmetic on the shortest decimal that names a double, the number a reader would write down. Scaling and rounding on it,
 * and not on the binary value, is what makes 1.005 round to 1.01 here, in .NET decimal and in a spreadsheet alike.
 */

/** v × 10^places, exact in the decimal sense. */
export function shift(v: number, places: number): number {
  const [digits, exponent = '0'] = String(v).split('e')
  return Number(`${digits}e${Number(exponent) + places}`)
}

/** Rounds to a number of decimals, half away from zero (四舍五入). */
export function roundHalfAway(v: number, decimals: number): number {
  const magnitude = shift(Math.round(shift(Math.abs(v), decimals)), -decimals)
  return v < 0 ? -magnitude : magnitude
}

/** A rounded number with grouped thousands, a fixed number of decimals and a true minus sign (U+2212). */
export function spell(v: number, decimals: number): string {
  const [whole = '', fraction] = Math.abs(v).toFixed(decimals).split('.')
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',')
  const sign = v < 0 ? '\u2212' : ''
  return sign + grouped + (fraction === undefined ? '' : `.${fraction}`)
}

/**
 * Rounds and spells, without ever claiming zero for something that is not: a value that would round to zero reads `<0.1`.
 */
export function spellRounded(v: number, decimals: number): string {
  if (v === 0) return '0'
  const rounded = roundHalfAway(v, decimals)
  if (rounded !== 0) return spell(rounded, decimals)
  const least = spell(shift(1, -decimals), decimals)
  return v > 0 ? `<${least}` : `>\u2212${least}`
}
