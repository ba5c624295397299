import { computed, type ComputedRef } from 'vue'
import { useI18n } from 'vue-i18n'
import type { Language } from '../formatting/units'

/** The language of the page, in the form that formatters take. */
export function useLanguage(): ComputedRef<Language> {
  const { locale } = useI18n()
  return computed(() => (locale.value === 'en' ? 'en' : 'zh-CN'))
}
