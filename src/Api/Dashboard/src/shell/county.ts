import { shallowReactive } from 'vue'

/** What the whole page knows about the county once the first answer has come. */
export const county = shallowReactive({
  name: '',
  /** Zone of every date and time that is shown. */
  zone: 'Asia/Shanghai',
  /** Systems that have institutions, as far as they were seen: the choices of the scope switch. */
  systems: [] as string[],
})

export function learnSystems(seen: readonly string[]): void {
  const all = new Set([...county.systems, ...seen.filter(system => system !== '')])
  if (all.size > county.systems.length) county.systems = [...all].sort((a, b) => a.localeCompare(b, 'zh-CN'))
}
