import type { Attention, AttentionKind } from '../api/contract'
import type { Tone } from '../figures/StatusMark.vue'

// From the worst to the least. What breaks a limit comes before what hides the truth, and that before paperwork.
const order: readonly AttentionKind[] = [
  'over_quota', 'offline_gateway', 'job_failed', 'near_quota', 'offline_meter', 'low_coverage', 'quarantine', 'unsigned_notice',
]

const tones: Record<AttentionKind, Tone> = {
  over_quota: 'over', offline_gateway: 'over', job_failed: 'over', near_quota: 'warn', offline_meter: 'warn', low_coverage: 'warn',
  quarantine: 'warn', unsigned_notice: 'none',
}

export const toneOf = (kind: AttentionKind): Tone => tones[kind] ?? 'none'

const rank = (kind: AttentionKind): number => (order.includes(kind) ? order.indexOf(kind) : order.length)

/** What is there, worst first; of one kind the larger count first. */
export const sorted = (items: readonly Attention[]): Attention[] =>
  items.filter(item => item.count > 0).sort((a, b) => rank(a.kind) - rank(b.kind) || b.count - a.count)
