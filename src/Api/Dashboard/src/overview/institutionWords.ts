import type { useI18n } from 'vue-i18n'
import type { InstitutionRow } from '../api/contract'
import type { Tone } from '../figures/StatusMark.vue'

type Composer = ReturnType<typeof useI18n>

/** An institution type of the statistics in words; a code that is not known stands for itself. */
export const typeName = (t: Composer['t'], te: Composer['te'], type: string): string => (te(`type.${type}`) ? t(`type.${type}`) : type)

const tones: Record<InstitutionRow['status'], Tone> = { ok: 'ok', warn: 'warn', over: 'over', nodata: 'none' }

export const toneOf = (row: InstitutionRow): Tone => tones[row.status]

/** The status in words. Where there are data but too few for a verdict, that is said, and not that there are none. */
export const statusWord = (t: Composer['t'], row: InstitutionRow): string =>
  t(row.status === 'nodata' && row.reason === 'LOW_COVERAGE' ? 'status.unknown' : `status.${row.status}`)
