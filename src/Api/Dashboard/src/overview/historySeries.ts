import type { Overview } from '../api/contract'

/** Months of one kind of use, ready to be drawn. */
export interface HistorySeries {
  readonly unit: string
  readonly months: readonly {
    readonly period: string
    readonly v: number | null
    readonly lastYear: number | null
    readonly coverage: number | null
    readonly partial: boolean
  }[]
}

/**
 * Electricity has its own two-year history. The other kinds come from the thirteen months of their tile, whose first month is the one
 * a year before the last.
 */
export function historyOf(overview: Overview, kind: string): HistorySeries {
  const total = overview.totals.find(each => each.key === kind)
  if (kind === 'electricity' || !total) return overview.history
  const byPeriod = new Map(total.months.map(month => [month.period, month.v]))
  return {
    unit: total.year.u,
    months: total.months.map(month => ({ ...month, lastYear: byPeriod.get(yearBefore(month.period)) ?? null })),
  }
}

const yearBefore = (period: string): string => `${Number(period.slice(0, 4)) - 1}${period.slice(4)}`

/** The last month that is over and has a value; null where there is none. */
export const lastFull = (series: HistorySeries) =>
  [...series.months].reverse().find(month => !month.partial && month.v !== null) ?? null
