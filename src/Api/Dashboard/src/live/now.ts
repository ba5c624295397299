import { onScopeDispose, readonly, shallowRef, type Ref } from 'vue'

/** The time of this computer, every ten seconds: for ages such as "5 minutes ago", never for a period. */
export function useNow(): Readonly<Ref<number>> {
  const now = shallowRef(Date.now())
  const timer = setInterval(() => (now.value = Date.now()), 10_000)
  onScopeDispose(() => clearInterval(timer))
  return readonly(now)
}
