import { now } from './county.mjs'

const before = seconds => new Date(new Date(now).getTime() - seconds * 1000).toISOString()
const noClock = reason => ({ driftMs: null, reason, messages: null, at: null, isBeyondLimit: null, limitMs: 120_000 })
const clock = driftMs => ({ driftMs, reason: null, messages: 32, at: before(20), isBeyondLimit: Math.abs(driftMs) > 120_000, limitMs: 120_000 })
const traffic = (messages, faults) => ({ since: before(864_000), messages, bytes: messages * 212, readings: messages * 6, quarantined: 3, faults, reconnects: 4 })

const row = (code, name, state, given = {}) => ({
  code, name, kind: 'mqtt', endpoint: null, dialect: null, username: code.toLowerCase(), hasSecret: true, meters: 6, state, meterState: 'online',
  since: before(7200), stateReason: null, stateDetail: null, lastSeen: before(25), lastReadingAt: before(40), lastFault: null, lastFaultAt: null,
  clock: clock(400), traffic: traffic(12_840, 0), isShared: false, ...given,
})

export const never = row('MQ-99', '新网关', 'never', { since: null, lastSeen: null, clock: noClock('NO_DATA'), traffic: null, meters: 0 })

export const rows = [
  row('MB-01', '第一、第二中学采集器', 'online', { kind: 'modbus_tcp', since: null, clock: noClock('NOT_APPLICABLE'), traffic: { ...traffic(0, 12), messages: null, bytes: null, reconnects: null } }),
  row('MQ-01', '城东卫生院网关', 'connected'),
  row('MQ-02', '乡镇机关网关', 'connected', { clock: clock(-312_400), traffic: traffic(8211, 1) }),
  row('MQ-03', '屋顶光伏网关', 'lost', { stateReason: 'will', stateDetail: "'power lost'", since: before(5400), lastSeen: before(5400), traffic: traffic(66_102, 9) }),
  row('MQ-04', '档案馆网关', 'silent', { stateReason: 'no_message', since: before(4000), lastSeen: before(4000), clock: noClock('NO_TIME') }),
  row('MQ-05', '实验小学网关', 'disconnected', { stateReason: 'keep_alive', stateDetail: 'nothing was heard for too long', lastSeen: before(9000) }),
  row('MQ-06', '气象站网关', 'unreachable', { dialect: 'tasmota', stateReason: 'broker_lost' }),
  never,
]

export const sightings = [
  { id: 1, name: 'roof-new', way: 'listener', address: '10.20.3.41', dialect: null, topic: null, firstSeen: before(3000), lastSeen: before(12), count: 58 },
  { id: 2, name: 'GW-77', way: 'broker:site', address: null, dialect: null, topic: 'energywatch/v1/GW-77/readings', firstSeen: before(90_000), lastSeen: before(300), count: 1204 },
]

export const detail = {
  connection: { way: 'listener', isOpen: true, address: '10.20.3.17', clientId: 'roof-3', protocol: '5.0', isTls: true, since: before(7200), ageS: 7200 },
  faults: [
    { firstAt: before(86_400), at: before(600), meter: null, text: "1 of 6 quarantined, first UNKNOWN_METER: item 3: there is no meter 'M-404'.", times: 140 },
    { firstAt: before(9000), at: before(9000), meter: 'M-0012', text: 'timeout', times: 1 },
  ],
  meterCodes: ['M-0011', 'M-0012', 'M-0013'],
}
