import { readonly, shallowRef, watch } from 'vue'

export type Theme = 'light' | 'dark'

const stored = localStorage.getItem('ew-theme')
const system = window.matchMedia('(prefers-color-scheme: dark)')
const current = shallowRef<Theme>(stored === 'light' || stored === 'dark' ? stored : system.matches ? 'dark' : 'light')

watch(current, theme => {
  // Element Plus listens to the class "dark"; the charts read the CSS variables again.
  document.documentElement.classList.toggle('dark', theme === 'dark')
  document.documentElement.style.colorScheme = theme
}, { immediate: true, flush: 'sync' })

export const theme = readonly(current)

export function toggleTheme(): void {
  current.value = current.value === 'dark' ? 'light' : 'dark'
  localStorage.setItem('ew-theme', current.value)
}
