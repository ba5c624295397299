import type { ComposerTranslation } from 'vue-i18n'
import zh from '../i18n/zh-CN'

/** A reason code in words; a code that this version does not know is still no reason to show nothing. */
export function reasonText(t: ComposerTranslation, reason: string | null): string {
  return t(reason !== null && reason in zh.reason ? `reason.${reason}` : 'reason.unknown')
}
