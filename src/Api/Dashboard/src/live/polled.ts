import { onScopeDispose, shallowRef, watch, type Ref } from 'vue'
import { ApiError } from '../api/client'

export interface Polled<T> {
  /** The last good answer; it stays while it is refreshed and when that fails. */
  readonly data: Readonly<Ref<T | null>>
  readonly error: Readonly<Ref<ApiError | null>>
  readonly loading: Readonly<Ref<boolean>>
  /** When the last good answer came, in epoch milliseconds. */
  readonly receivedAt: Readonly<Ref<number | null>>
  refresh(): Promise<void>
}

/**
 * Reads something now, again whenever `key` changes (then without the old answer, which belongs to another question), and every
 * `everyMs` after that. A newer request cancels an older one, so answers never arrive out of order.
 */
export function usePolled<T>(read: (signal: AbortSignal) => Promise<T>, key: () => unknown, everyMs?: number): Polled<T> {
  const data = shallowRef<T | null>(null)
  const error = shallowRef<ApiError | null>(null)
  const loading = shallowRef(false)
  const receivedAt = shallowRef<number | null>(null)
  let running: AbortController | null = null

  async function refresh(): Promise<void> {
    running?.abort()
    const mine = (running = new AbortController())
    loading.value = true
    try {
      const answer = await read(mine.signal)
      if (mine.signal.aborted) return
      data.value = answer
      error.value = null
      receivedAt.value = Date.now()
    } catch (fault) {
      if (mine.signal.aborted) return
      error.value = fault instanceof ApiError ? fault : new ApiError(0, 'UNREADABLE', String(fault), null)
    } finally {
      if (running === mine) loading.value = false
    }
  }

  watch(key, () => {
    data.value = null
    error.value = null
    void refresh()
  }, { immediate: true })

  const timer = everyMs === undefined ? undefined : setInterval(() => void refresh(), everyMs)
  onScopeDispose(() => {
    clearInterval(timer)
    running?.abort()
  })
  return { data, error, loading, receivedAt, refresh }
}
