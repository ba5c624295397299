import { describe, expect, it } from 'vitest'
import { age, dateTime, month, recent } from '../../src/formatting/times'
import { lastDays } from '../../src/institution/lastDays'
import { slotsPassed, slotTime } from '../../src/overview/slots'

const zone = 'Asia/Shanghai'

describe('times', () => {
  it('are shown in the reporting zone, whatever the zone of the browser', () => {
    expect(dateTime('2026-03-17T06:45:00Z', zone)).toBe('2026-03-17 14:45')
    expect(dateTime('2026-03-16T16:00:00Z', zone)).toBe('2026-03-17 00:00')
  })

  it('show the day only where it is not today', () => {
    const now = Date.parse('2026-03-17T06:52:00Z')
    expect(recent('2026-03-17T06:45:00Z', now, zone)).toBe('14:45')
    expect(recent('2026-03-16T15:59:00Z', now, zone)).toBe('2026-03-16 23:59')
  })

  it.each([[59_999, '0 分钟', '0 min'], [5 * 3_600_000, '5 小时', '5 h'], [49 * 3_600_000, '2 天', '2 d'], [-5000, '0 分钟', '0 min']])(
    'an age of %d ms', (passed, zh, en) => {
      const now = Date.parse('2026-03-17T06:52:00Z')
      expect(age(now - passed, now, 'zh-CN')).toBe(zh)
      expect(age(now - passed, now, 'en')).toBe(en)
    })

  it('name the year with January only', () => {
    expect(month('2026-01', 'zh-CN')).toBe('2026年1月')
    expect(month('2026-03', 'zh-CN')).toBe('3月')
    expect(month('2026-01', 'en')).toBe('Jan 2026')
  })
})

describe('the last 31 days', () => {
  it('begin at a local midnight and end with today', () => {
    expect(lastDays(31, Date.parse('2026-03-17T16:30:00Z'), zone)).toEqual({ from: '2026-02-16T00:00:00+08:00', to: '2026-03-19T00:00:00+08:00' })
  })

  it('carry the offset of a zone west of Greenwich', () => {
    expect(lastDays(1, Date.parse('2026-01-17T12:00:00Z'), 'America/New_York')).toEqual({ from: '2026-01-17T00:00:00-05:00', to: '2026-01-18T00:00:00-05:00' })
  })
})

describe('the slots of a day', () => {
  it('begin at midnight and end at 24:00', () => {
    expect([slotTime(0), slotTime(59), slotTime(96)]).toEqual(['00:00', '14:45', '24:00'])
  })

  it.each([['00:00', 0], ['00:01', 1], ['14:45', 59], ['14:46', 60], ['23:59', 96]])('by %s, %d have begun', (clock, passed) => {
    expect(slotsPassed(clock)).toBe(passed)
  })
})
