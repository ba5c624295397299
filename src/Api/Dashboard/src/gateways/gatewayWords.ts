import type { useI18n } from 'vue-i18n'
import type { ClockDrift, GatewayFault, GatewayRow } from '../api/contract'
import type { Tone } from '../figures/StatusMark.vue'
import { missing } from '../formatting/numbers'
import { age } from '../formatting/times'
import type { Language } from '../formatting/units'

type Composer = ReturnType<typeof useI18n>

const tones: Record<string, Tone> = {
  connected: 'ok', online: 'ok', silent: 'warn', late: 'warn', failing: 'over', disconnected: 'over', lost: 'over', offline: 'over',
  unreachable: 'over', never: 'none',
}

const weights: Record<Tone, number> = { over: 0, warn: 1, none: 2, ok: 3 }

export const toneOf = (gateway: GatewayRow): Tone => tones[gateway.state] ?? 'none'

// One that is here but whose clock is wrong needs somebody too.
const needOf = (gateway: GatewayRow): Tone => (toneOf(gateway) === 'ok' && gateway.clock.isBeyondLimit ? 'warn' : toneOf(gateway))

export const needsSomebody = (gateway: GatewayRow): boolean => ['warn', 'over'].includes(needOf(gateway))

/** What needs somebody first, then by code. */
export const byNeed = (a: GatewayRow, b: GatewayRow): number =>
  weights[needOf(a)] - weights[needOf(b)] || a.code.localeCompare(b.code, 'en', { numeric: true })

/** A word of the API in the language of the page; one that is not known stands for itself. */
export const wordOf = (t: Composer['t'], te: Composer['te'], group: string, word: string): string =>
  te(`gateways.${group}.${word}`) ? t(`gateways.${group}.${word}`) : word

const steps: readonly [sizeMs: number, unit: string][] = [[86_400_000, 'days'], [3_600_000, 'hours'], [60_000, 'minutes'], [1000, 'seconds']]

/** How far the gateway's clock is off, in its largest whole unit of which there are at least two: `快 5 分钟`. */
export function driftWords(t: Composer['t'], clock: ClockDrift): string {
  if (clock.driftMs === null) return missing
  const size = Math.abs(clock.driftMs)
  if (size < 1000) return t('gateways.drift.none')
  const [sizeMs, unit] = steps.find(([step]) => size >= 2 * step) ?? steps[steps.length - 1]!
  const amount = t(`gateways.drift.${unit}`, { n: Math.floor(size / sizeMs) })
  return t(clock.driftMs > 0 ? 'gateways.drift.ahead' : 'gateways.drift.behind', { amount })
}

/** How long ago, in words; what is younger than a minute was just now. */
export const agoWords = (t: Composer['t'], instant: string, now: number, language: Language): string =>
  now - new Date(instant).getTime() < 60_000 ? t('gateways.justNow') : t('gateways.ago', { age: age(instant, now, language) })

/** Gateways whose name, code or user name holds what is searched for. */
export function matching(gateways: readonly GatewayRow[], search: string): GatewayRow[] {
  const wanted = search.trim().toLowerCase()
  return gateways.filter(gateway => [gateway.name, gateway.code, gateway.username].some(text => text.toLowerCase().includes(wanted)))
}

export const faultKey = (fault: GatewayFault): string => `${fault.meter ?? ''} ${fault.text}`
