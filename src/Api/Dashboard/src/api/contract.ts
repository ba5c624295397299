// The parts of the HTTP API (/api/v1) that the dashboard reads. Names are those of the API; numbers are never computed here.

export type Reason =
  | 'NO_METER' | 'NO_DATA' | 'LOW_COVERAGE' | 'NO_AREA' | 'NO_HEADCOUNT' | 'BASE_ZERO'
  | 'NOT_APPROVED' | 'NOT_APPLICABLE' | 'TOO_LONG' | 'FORBIDDEN'

/** A number with what is needed to trust it. `v` is null exactly when `q.reason` is not. */
export interface Metric {
  v: number | null
  u: string
  q: { coverage: number | null; estimated: number | null; reason: Reason | null }
  asOf: string
  period: { from: string; to: string; partial: boolean } | null
  versions: { caliber?: string | null; registry?: number | null } | null
}

/** Relative change against the same elapsed part of last year. */
export interface Change { v: number | null; reason: Reason | null; from: string; to: string }

/** A month and the same month of last year. */
export interface MonthBar { period: string; v: number | null; lastYear: number | null; coverage: number | null; partial: boolean }

export type Span = 'today' | 'month' | 'year'
export type TotalKey = 'energy' | 'electricity' | 'carbon' | 'water'

export interface Total {
  key: TotalKey
  today: Metric
  month: Metric
  year: Metric
  change: Record<Span, Change>
  months: MonthBar[]
}

export type Verdict = 'ok' | 'warn' | 'over' | 'unknown'

export interface DualControl {
  indicator: string
  value: Metric
  target: { v: number | null; u: string; baseYear: number; reductionPercent: number | null; source: string } | null
  used: number | null
  pace: number | null
  projection: { low: number; mid: number; high: number } | null
  status: Verdict
  reason: Reason | null
}

export type AttentionKind =
  | 'over_quota' | 'near_quota' | 'offline_gateway' | 'offline_meter' | 'low_coverage'
  | 'unsigned_notice' | 'quarantine' | 'job_failed'

export interface Attention { kind: AttentionKind; count: number; since: string | null; subjects: string[] }

export interface InstitutionRow {
  code: string
  name: string
  type: string
  system: string
  status: 'ok' | 'warn' | 'over' | 'nodata'
  reason: Reason | null
  energyYear: Metric
  perArea: Metric
  quota: { amount: number; unit: string; used: number | null; pace: number | null } | null
  coverage: number | null
  lastReading: string | null
}

export interface PvSite {
  code: string
  name: string
  institution: string
  status: 'online' | 'late' | 'offline' | 'never'
  capacityKwp: number
  power: Metric
  today: Metric
  lastReading: string | null
}

export interface PvSummary {
  sites: number
  online: number
  capacityKwp: number
  arrayAreaM2: number
  power: Metric
  today: Metric
  year: Metric
  selfUse: Metric
  equivalentHours: Metric
  list: PvSite[]
}

export interface Freshness {
  meters: number
  online: number
  late: number
  offline: number
  never: number
  gatewaysOffline: number
  coverageToday: Metric
  slots: (number | null)[]
  latestReading: string | null
}

export interface Overview {
  asOf: string
  county: { name: string; zone: string }
  caliber: { id: string; title: string }
  connected: { institutions: number; metered: number }
  totals: Total[]
  dualControl: DualControl[]
  attention: Attention[]
  institutions: InstitutionRow[]
  pv: PvSummary | null
  freshness: Freshness
  history: { unit: string; months: MonthBar[] }
}

export interface User { name: string; role: string; scope: string | null }

/** One indicator of an institution: a metric that knows its name and the id of the stored value. */
export interface Indicator extends Metric { id: number; indicator: string }

/** A series on calendar steps: `t` holds the starts, the other arrays run beside it. */
export interface CalendarSeries {
  unit: string
  t: string[]
  v: (number | null)[]
  coverage: (number | null)[]
  estimated?: (number | null)[] | [string, string][]
}

export interface Provenance {
  id: number
  indicator: string
  scope: string
  period: string
  value: number | null
  unit: string
  coverage: number
  estimated: number
  reason: Reason | null
  asOf: string
  caliber: string
  version: number
  formula: string
  terms: {
    meter: string; carrier: string; amount: number; unit: string; sign: number
    factor: number | null; factorSource: string | null; contribution: number; coverage: number; estimated: number
  }[]
  denominators: { what: string; first: string; end: string; value: number; source: string | null }[]
  findings: { code: string; detail: string }[]
}

/** How far a gateway's clock is from ours; positive is ahead. Null with a reason. */
export interface ClockDrift { driftMs: number | null; reason: string | null; messages: number | null; at: string | null; isBeyondLimit: boolean | null; limitMs: number }

export interface GatewayTraffic {
  since: string
  messages: number | null
  bytes: number | null
  readings: number
  quarantined: number
  faults: number
  reconnects: number | null
}

export interface GatewayRow {
  code: string
  name: string
  kind: string
  dialect: string | null
  username: string
  meters: number
  state: string
  since: string | null
  stateReason: string | null
  stateDetail: string | null
  lastSeen: string | null
  clock: ClockDrift
  traffic: GatewayTraffic | null
  isShared: boolean
}

export interface GatewayFault { firstAt: string; at: string; meter: string | null; text: string; times: number }

export interface GatewayDetail {
  current: GatewayRow
  connection: {
    way: string; isOpen: boolean; address: string | null; clientId: string | null; protocol: string | null; isTls: boolean | null; since: string | null
  } | null
  faults: GatewayFault[]
  meterCodes: string[]
}

/** Somebody who tried to deliver and is not in the registry. */
export interface Sighting {
  id: number
  name: string
  way: string
  address: string | null
  dialect: string | null
  topic: string | null
  firstSeen: string
  lastSeen: string
  count: number
}
