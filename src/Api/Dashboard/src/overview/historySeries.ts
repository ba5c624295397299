import type { MonthBar, Overview } from '../api/contract'

/** Months of one kind of use, in one unit. */
export interface HistorySeries {
  readonly unit: string
  readonly months: readonly MonthBar[]
}

/** Electricity has a history of its own; the other kinds show the months of their tile. */
export function historyOf(overview: Overview, kind: string): HistorySeries {
  const total = overview.totals.find(each => each.key === kind)
  return kind === 'electricity' || !total ? overview.history : { unit: total.year.u, months: total.months }
}

/** The last month that is over and has a value; null where there is none. */
export const lastFull = (series: HistorySeries): MonthBar | null =>
  [...series.months].reverse().find(month => !month.partial && month.v !== null) ?? null
