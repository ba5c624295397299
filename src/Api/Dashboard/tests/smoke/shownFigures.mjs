// Compares the numbers on a screen with the answer they were made of, the digits a person reads included.

/** Every number of an overview under the name that it has on the screen. */
export function overviewFigures(overview) {
  const figures = new Map()
  for (const { key, change, ...total } of overview.totals) {
    for (const span of ['today', 'month', 'year']) {
      figures.set(`totals.${key}.${span}`, total[span].v)
      figures.set(`totals.${key}.change.${span}`, change[span].v)
    }
  }
  for (const line of overview.dualControl) {
    figures.set(`dual.${line.indicator}`, line.value.v)
    for (const part of ['used', 'pace']) figures.set(`dual.${line.indicator}.${part}`, line[part])
  }
  for (const item of overview.attention) figures.set(`attention.${item.kind}`, item.count)
  for (const { code, energyYear, perArea, quota, coverage } of overview.institutions) {
    figures.set(`institution.${code}.energyYear`, energyYear.v)
    figures.set(`institution.${code}.perArea`, perArea.v)
    figures.set(`institution.${code}.quota`, quota?.used ?? null)
    figures.set(`institution.${code}.coverage`, coverage)
  }
  const { pv } = overview
  for (const key of ['today', 'year', 'power', 'selfUse']) figures.set(`pv.${key}`, pv[key].v)
  figures.set('pv.hours', pv.equivalentHours.v)
  figures.set('freshness.coverageToday', overview.freshness.coverageToday.v)
  return figures
}

/** What stands on the screen: name, raw value, unit of the raw value, unit of its column, text. */
export const readScreen = page => page.locator('[data-metric]').evaluateAll(all => all.filter(one => one.checkVisibility()).map(one => ({
  name: one.dataset.metric, raw: one.dataset.v, unit: one.dataset.u, column: one.closest('[data-unit]')?.dataset.unit ?? null, text: one.textContent.trim(),
})))

/** How much of the raw unit one shown unit is. */
const larger = { 万kWh: 1e4, MWh: 1e3, MW: 1e3, tce: 1e3, '%': 0.01 }

/** What is wrong with a number, or null: it differs from the answer, or its digits are not the rounded value. */
export function faultOf({ name, raw, unit, column, text }, figures) {
  if (!figures.has(name)) return `${name} is on the screen and not in the answer`
  const value = figures.get(name)
  if ((value === null ? '' : String(value)) !== raw) return `${name} is ${raw || 'missing'} on the screen and ${value} in the answer`
  // Changes are told in words; their raw value was compared.
  if (name.includes('.change.')) return null
  if (value === null) return text === '—' ? null : `${name} has no value and reads "${text}"`
  const match = /^[^\d\u2212-]*([\u2212-]?[\d,]+(?:\.(\d+))?)\s*(.*)$/.exec(text)
  if (!match) return `${name} reads "${text}"`
  const scale = unit === 'ratio' ? larger['%'] : (larger[match[3] || column] ?? 1)
  const read = Number(match[1].replaceAll(',', '').replace('\u2212', '-')) * scale
  const allowed = 0.5 * 10 ** -(match[2]?.length ?? 0) * scale * (1 + 1e-9)
  return Math.abs(read - value) <= allowed + Math.abs(value) * 1e-12 ? null : `${name} reads "${text}" (${column ?? unit}) and is ${value}`
}
