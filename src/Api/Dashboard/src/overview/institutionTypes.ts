import type { useI18n } from 'vue-i18n'

type Composer = ReturnType<typeof useI18n>

/** An institution type of the statistics in words; a code that is not known stands for itself. */
export const typeName = (t: Composer['t'], te: Composer['te'], type: string): string => (te(`type.${type}`) ? t(`type.${type}`) : type)
