// A county with known answers, as the API would tell it at 14:52 on 17 March 2026: the usual, and one of each thing that can be wrong.

export const now = '2026-03-17T06:52:00Z'
export const zone = 'Asia/Shanghai'

const versions = { caliber: 'statutory-gx@1', registry: 7 }
const year = { from: '2025-12-31T16:00:00Z', to: '2026-12-31T16:00:00Z', partial: true }

export function metric(v, u, { coverage = 0.986, estimated = 0, reason = null } = {}) {
  return { v, u, q: { coverage: v === null ? 0 : coverage, estimated, reason: v === null ? (reason ?? 'NO_DATA') : null }, asOf: now, period: year, versions }
}

const change = (v, reason = null) => ({ v, reason, from: '2024-12-31T16:00:00Z', to: '2025-03-17T06:45:00Z' })

function periods(count) {
  const all = []
  for (let back = count - 1; back >= 0; back--) {
    const month = new Date(Date.UTC(2026, 2 - back, 1))
    all.push(month.toISOString().slice(0, 7))
  }
  return all
}

/** The course of a year: summer and winter peaks. */
const season = period => 1 + 0.35 * Math.cos(((Number(period.slice(5)) - 7) / 6) * Math.PI) ** 2

const months = (scale, missing = []) => periods(13).map((period, at) => ({
  period, v: missing.includes(period) ? null : Math.round(scale * season(period) * (at === 12 ? 0.53 : 1) * 100) / 100, lastYear: Math.round(scale * season(period) * 1.03 * 100) / 100,
  coverage: missing.includes(period) ? 0 : 0.98, partial: at === 12,
}))

const totals = [
  { key: 'energy', today: metric(11234.5, 'kgce'), month: metric(245_612.4, 'kgce'), year: metric(1_184_565, 'kgce'),
    change: { today: change(-0.012), month: change(-0.045), year: change(-0.032) }, months: months(420_000) },
  { key: 'electricity', today: metric(68_431, 'kWh'), month: metric(1_345_678, 'kWh', { coverage: 0.93 }), year: metric(6_412_345, 'kWh', { estimated: 0.012 }),
    change: { today: change(0.021), month: change(-0.0004), year: change(-0.028) }, months: months(2_500_000) },
  { key: 'carbon', today: metric(38.2, 'tCO2'), month: metric(752.35, 'tCO2'), year: metric(3_590.91, 'tCO2'),
    change: { today: change(null, 'NO_DATA'), month: change(-0.061), year: change(-0.047) }, months: months(1_420) },
  { key: 'water', today: metric(812.4, 'm3'), month: metric(15_877, 'm3'), year: metric(72_310, 'm3', { coverage: 0.78 }),
    change: { today: change(0.033), month: change(null, 'BASE_ZERO'), year: change(0.018) }, months: months(26_000, ['2025-08']) },
]

const target = (v, u, reductionPercent = 3) => ({ v, u, baseYear: 2025, reductionPercent, source: '市下达 2026 年度公共机构双控目标' })
const dualControl = [
  { indicator: 'energy_total', value: metric(1_184_565, 'kgce'), target: target(5_600_000, 'kgce'), used: 0.2115, pace: 0.228,
    projection: { low: 5_050_000, mid: 5_210_000, high: 5_390_000 }, status: 'ok', reason: null },
  { indicator: 'energy_per_area', value: metric(2.41, 'kgce/m2'), target: target(10.9, 'kgce/m2'), used: 0.2211, pace: 0.228,
    projection: { low: 10.1, mid: 10.6, high: 11.2 }, status: 'ok', reason: null },
  { indicator: 'energy_per_head', value: metric(81.2, 'kgce/person'), target: target(310, 'kgce/person'), used: 0.2619, pace: 0.228,
    projection: { low: 335, mid: 352, high: 370 }, status: 'warn', reason: null },
  { indicator: 'carbon_per_area', value: metric(7.3, 'kgCO2/m2'), target: null, used: null, pace: null, projection: null, status: 'unknown', reason: 'NOT_APPROVED' },
  { indicator: 'water_per_head', value: metric(4.96, 'm3/person', { coverage: 0.78 }), target: target(18.5, 'm3/person', 5), used: 0.2681, pace: 0.229,
    projection: { low: 19.9, mid: 21.4, high: 23 }, status: 'unknown', reason: 'LOW_COVERAGE' },
]

const kinds = [
  ['021', '教育', ['第一中学', '第二中学', '第三中学', '实验小学', '城关小学', '民族中学', '职业教育中心', '机关幼儿园']],
  ['024', '卫生', ['人民医院', '中医医院', '妇幼保健院', '疾病预防控制中心']],
  ['01', '党政机关', ['财政局', '教育局', '税务局', '公安局', '自然资源局', '水利局', '交通运输局', '档案馆']],
  ['023', '党政机关', ['图书馆', '文化馆', '体育馆']],
]

function institution(index) {
  const [type, system, names] = kinds[index % kinds.length]
  const round = Math.floor(index / kinds.length)
  const name = names[round % names.length] + (round >= names.length ? `（${Math.floor(round / names.length) + 1}）` : '')
  const used = 0.12 + ((index * 37) % 100) / 700
  return {
    code: `I-${String(index + 1).padStart(3, '0')}`, name, type, system, status: 'ok', reason: null,
    energyYear: metric(2_000 + ((index * 7919) % 30_000), 'kgce'), perArea: metric(1 + ((index * 31) % 60) / 10, 'kgce/m2'),
    quota: { amount: 60_000, unit: 'kgce', used, pace: 0.228 }, coverage: 0.97 + (index % 4) / 100, lastReading: '2026-03-17T06:45:00Z',
  }
}

const special = {
  2: { name: '政务服务中心', status: 'over', quota: { amount: 9_000, unit: 'kgce', used: 1.034, pace: 0.228 } },
  5: { name: '高级中学', status: 'over', quota: { amount: 9_000, unit: 'kgce', used: 1.21, pace: 0.228 } },
  8: { name: '恰好八成的学校', status: 'warn', quota: { amount: 9_000, unit: 'kgce', used: 0.8, pace: 0.228 } },
  11: { name: '停用的老办公楼', energyYear: metric(0, 'kgce'), perArea: metric(0, 'kgce/m2'), quota: null },
  14: { name: '缺面积的单位', perArea: metric(null, 'kgce/m2', { reason: 'NO_AREA' }) },
  17: { name: '没有表计的乡镇卫生院', status: 'nodata', reason: 'NO_METER', energyYear: metric(null, 'kgce', { reason: 'NO_METER' }),
    perArea: metric(null, 'kgce/m2', { reason: 'NO_METER' }), quota: null, coverage: null, lastReading: null },
  20: { name: '断线三天的小学', status: 'nodata', reason: 'LOW_COVERAGE', coverage: 0.71, lastReading: '2026-03-14T01:15:00Z' },
  23: { name: '<img src=x onerror=alert(1)>', coverage: 0.949, status: 'nodata', reason: 'LOW_COVERAGE' },
  26: { name: '名称特别长的县级机关事务服务中心后勤保障与公共机构节能管理办公室', quota: { amount: 9_000, unit: 'kgce', used: 0.0004, pace: 0.228 } },
}

const institutions = Array.from({ length: 120 }, (_, index) => ({ ...institution(index), ...special[index] }))

const pvStates = { 6: 'late', 13: 'offline', 19: 'never' }
const pvSites = Array.from({ length: 20 }, (_, index) => {
  const status = pvStates[index] ?? 'online'
  const silent = status === 'never'
  return {
    code: `PV-${String(index + 1).padStart(2, '0')}`, name: `${institutions[index].name}光伏站`, institution: institutions[index].code, status, capacityKwp: 305,
    power: silent ? metric(null, 'kW') : metric(status === 'offline' ? 0 : 140 + index, 'kW'), today: silent ? metric(null, 'kWh') : metric(900 + index * 7, 'kWh'),
    lastReading: silent ? null : '2026-03-17T06:45:00Z',
  }
})

const slots = Array.from({ length: 96 }, (_, index) => (index >= 59 ? null : index >= 30 && index < 33 ? null : index >= 33 && index < 37 ? 0.42 : 0.96 + (index % 5) / 200))

export const overview = {
  asOf: '2026-03-17T06:45:00Z',
  county: { name: '青禾县', zone },
  caliber: { id: 'statutory-gx@1', title: '统计口径（当量值）' },
  connected: { institutions: 120, metered: 118 },
  totals, dualControl,
  attention: [
    { kind: 'near_quota', count: 1, since: '2026-03-16T16:00:00Z', subjects: ['I-009'] },
    { kind: 'over_quota', count: 2, since: '2026-03-09T16:00:00Z', subjects: ['I-003', 'I-006'] },
    { kind: 'offline_gateway', count: 1, since: '2026-03-14T01:15:00Z', subjects: ['GW-07'] },
    { kind: 'offline_meter', count: 14, since: '2026-03-14T01:15:00Z', subjects: ['M-0101', 'M-0102', 'M-0103'] },
    { kind: 'low_coverage', count: 2, since: null, subjects: ['I-021', 'I-024'] },
    { kind: 'unsigned_notice', count: 8, since: '2026-03-01T00:00:00Z', subjects: ['I-001', 'I-002'] },
    { kind: 'quarantine', count: 37, since: '2026-03-17T05:02:00Z', subjects: [] },
    { kind: 'job_failed', count: 1, since: '2026-03-17T00:20:00Z', subjects: ['daily-close'] },
  ],
  institutions,
  pv: {
    sites: 20, online: 17, capacityKwp: 6100, arrayAreaM2: 61_100, power: metric(2712.4, 'kW'), today: metric(18_420, 'kWh'), year: metric(812_340, 'kWh'),
    selfUse: metric(0.874, 'ratio', { coverage: 0.91 }), equivalentHours: metric(3.02, 'h'), list: pvSites,
  },
  freshness: { meters: 642, online: 611, late: 14, offline: 14, never: 3, gatewaysOffline: 1, coverageToday: metric(0.963, 'ratio', { coverage: 1 }), slots, latestReading: '2026-03-17T06:45:00Z' },
  history: {
    unit: 'kWh',
    months: periods(12).map((period, at) => ({
      period, v: period === '2025-09' ? null : 2_500_000 * season(period) * (at === 11 ? 0.53 : 1), lastYear: period === '2025-06' ? null : 2_580_000 * season(period),
      coverage: period === '2025-09' ? 0 : at === 11 ? 0.52 : 0.98, partial: at === 11,
    })),
  },
}

export const user = { name: 'admin', role: 'administrator', scope: 'county' }

export const indicators = {
  scope: 'I-001', period: '2026', caliber: overview.caliber,
  items: [
    ['energy_total', 12_345.6, 'kgce'], ['energy_per_area', 2.1, 'kgce/m2'], ['energy_per_head', null, 'kgce/person'], ['carbon_total', 31.44, 'tCO2'],
    ['electricity_total', 98_765, 'kWh'], ['water_total', 0, 'm3'],
  ].map(([indicator, v, u], at) => ({ id: at + 1, indicator, version: 1, ...metric(v, u, { reason: 'NO_HEADCOUNT' }) })),
}

export const provenance = {
  id: 1, indicator: 'energy_total', scope: 'I-001', period: '2026', value: 12_345.6, unit: 'kgce', coverage: 0.986, estimated: 0.01, reason: null,
  asOf: '2026-03-17T06:45:00Z', caliber: 'statutory-gx@1', registry: 7, version: 3, formula: 'Σ 用量 × 折标系数',
  terms: [
    { meter: 'M-0001', carrier: 'electricity', amount: 98_765, unit: 'kWh', sign: 1, factor: 0.1229, factorSource: 'GB/T 2589-2020 附录 A', contribution: 12_138.22, coverage: 0.986, estimated: 0.01 },
    { meter: 'M-0009', carrier: 'natural_gas', amount: 170.8, unit: 'm3', sign: 1, factor: 1.2143, factorSource: 'GB/T 2589-2020 附录 A', contribution: 207.4, coverage: 1, estimated: 0 },
  ],
  denominators: [{ what: 'floor_area', first: '2026-01-01', end: '2027-01-01', value: 12_400, source: '不动产权证' }],
  findings: [{ code: 'ESTIMATED', detail: '1.0 % of the amount was spread over gaps.' }],
}

export const usage = (() => {
  const starts = Array.from({ length: 31 }, (_, index) => new Date(Date.UTC(2026, 1, 14 + index, 16)).toISOString())
  return {
    unit: 'kWh', agg: 'sum', t: starts, v: starts.map((_, index) => (index === 12 || index === 13 ? null : 800 + 300 * Math.sin(index))),
    coverage: starts.map((_, index) => (index === 12 || index === 13 ? 0 : index === 30 ? 0.61 : 1)),
  }
})()

/** The first day: nothing is connected and nothing was measured. */
export const firstDay = {
  ...overview,
  connected: { institutions: 0, metered: 0 },
  totals: totals.map(total => ({
    ...total, today: metric(null, total.today.u, { reason: 'NO_METER' }), month: metric(null, total.month.u, { reason: 'NO_METER' }), year: metric(null, total.year.u, { reason: 'NO_METER' }),
    change: { today: change(null, 'NO_DATA'), month: change(null, 'NO_DATA'), year: change(null, 'NO_DATA') }, months: total.months.map(month => ({ ...month, v: null, lastYear: null, coverage: 0 })),
  })),
  dualControl: dualControl.map(item => ({ ...item, value: metric(null, item.value.u, { reason: 'NO_METER' }), target: null, used: null, pace: null, projection: null, status: 'unknown', reason: 'NO_METER' })),
  attention: [], institutions: [], pv: { ...overview.pv, sites: 0, online: 0, list: [] },
  freshness: { meters: 0, online: 0, late: 0, offline: 0, never: 0, gatewaysOffline: 0, coverageToday: metric(null, 'ratio'), slots: Array(96).fill(null), latestReading: null },
  history: { unit: 'kWh', months: overview.history.months.map(month => ({ ...month, v: null, lastYear: null, coverage: 0 })) },
}
