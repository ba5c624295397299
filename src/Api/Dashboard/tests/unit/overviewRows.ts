import type { InstitutionRow, Metric } from '../../src/api/contract'

/** A metric as the API gives it; null comes with a reason. */
export const metric = (v: number | null, u = 'kgce'): Metric => ({
  v, u, q: { coverage: 1, estimated: 0, reason: v === null ? 'NO_DATA' : null }, asOf: '2026-03-17T06:45:00Z', period: null, versions: null,
})

export const row = (code: string, change: Partial<InstitutionRow> = {}): InstitutionRow => ({
  code, name: `单位${code}`, type: '01', system: '党政机关', status: 'ok', reason: null, energyYear: metric(1000), perArea: metric(5, 'kgce/m2'),
  quota: null, coverage: 1, lastReading: '2026-03-17T06:45:00Z', ...change,
})
