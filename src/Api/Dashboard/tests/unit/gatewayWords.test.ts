import { describe, expect, it } from 'vitest'
import type { ClockDrift, GatewayRow } from '../../src/api/contract'
import { byNeed, driftWords, matching } from '../../src/gateways/gatewayWords'

const said = ((key: string, given: Record<string, unknown> = {}) => [key.replace('gateways.drift.', ''), ...Object.values(given)].join(' ')) as never

const drift = (driftMs: number | null) => ({ driftMs, reason: null, messages: 9, at: null, isBeyondLimit: null, limitMs: 0 }) as ClockDrift

const gateway = (code: string, state: string, isBeyondLimit = false) => ({ code, name: `${code} roof`, username: 'u', state, clock: { isBeyondLimit } }) as GatewayRow

describe('words about gateways', () => {
  it.each([
    [null, '—'], [0, 'none'], [-999, 'none'], [1000, 'ahead seconds 1'], [-90_000, 'behind seconds 90'], [120_000, 'ahead minutes 2'],
    [-7_199_000, 'behind minutes 119'], [7_200_000, 'ahead hours 2'], [-1.7e12, 'behind days 19675'],
  ])('a drift of %s ms is "%s"', (ms, words) => expect(driftWords(said, drift(ms))).toBe(words))

  it('what needs somebody comes first, then by code as people count', () => {
    const rows = [gateway('G-10', 'connected'), gateway('G-2', 'connected'), gateway('G-3', 'never'), gateway('G-4', 'silent'), gateway('G-5', 'lost'), gateway('G-6', 'online', true)]
    expect(rows.sort(byNeed).map(row => row.code)).toEqual(['G-5', 'G-4', 'G-6', 'G-3', 'G-2', 'G-10'])
  })

  it('a search looks at name, code and user name', () => {
    expect(matching([gateway('G-1', 'lost'), gateway('X', 'lost')], ' g-1 ').map(row => row.code)).toEqual(['G-1'])
  })
})
