import { describe, expect, it } from 'vitest'
import type { Overview, Total } from '../../src/api/contract'
import { historyOf, lastFull } from '../../src/overview/historySeries'
import { sorted } from '../../src/overview/attention'
import { metric } from './overviewRows'

const months = (...rows: [string, number | null, boolean?][]) => rows.map(([period, v, partial = false]) => ({ period, v, lastYear: 3, coverage: 1, partial }))

const overview = {
  totals: [{ key: 'water', year: metric(1, 'm3'), months: months(['2025-03', 10], ['2025-04', null], ['2026-03', 7, true]) } as Total],
  history: { unit: 'kWh', months: [{ period: '2026-02', v: 5, lastYear: 6, coverage: 1, partial: false }] },
} as Overview

describe('the history', () => {
  it('of electricity is its own', () => {
    expect(historyOf(overview, 'electricity')).toBe(overview.history)
  })

  it('of another kind is that of its tile, in its unit', () => {
    expect(historyOf(overview, 'water')).toEqual({ unit: 'm3', months: overview.totals[0]!.months })
  })

  it('of a kind that is not there is that of electricity', () => {
    expect(historyOf(overview, 'steam')).toBe(overview.history)
  })

  it('names the last month that is over and known', () => {
    expect(lastFull(historyOf(overview, 'water'))?.period).toBe('2025-03')
    expect(lastFull({ unit: 'kWh', months: [] })).toBeNull()
  })
})

describe('the attention list', () => {
  const item = (kind: Parameters<typeof sorted>[0][number]['kind'], count: number) => ({ kind, count, since: null, subjects: [] })

  it('puts the worst first and leaves out what is not there', () => {
    const kinds = sorted([item('unsigned_notice', 9), item('over_quota', 1), item('job_failed', 0), item('offline_gateway', 1)]).map(each => each.kind)
    expect(kinds).toEqual(['over_quota', 'offline_gateway', 'unsigned_notice'])
  })
})
