import { createI18n } from 'vue-i18n'
import type { Language } from '../formatting/units'
import zh from './zh-CN'

const asked = new URLSearchParams(location.search).get('lang') ?? localStorage.getItem('ew-lang')

export const i18n = createI18n({
  legacy: false,
  locale: 'zh-CN',
  fallbackLocale: false,
  messages: { 'zh-CN': zh } as Record<Language, typeof zh>,
  missingWarn: true,
})

/** Chinese is part of the program; English is fetched when it is asked for. */
export async function speak(language: Language): Promise<void> {
  if (language === 'en' && !i18n.global.availableLocales.includes('en')) {
    i18n.global.setLocaleMessage('en', (await import('./en')).default)
  }
  i18n.global.locale.value = language
  document.documentElement.lang = language
  localStorage.setItem('ew-lang', language)
}

export const firstLanguage: Language = asked === 'en' ? 'en' : 'zh-CN'
