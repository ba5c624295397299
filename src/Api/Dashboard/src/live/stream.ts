import { onScopeDispose } from 'vue'

/**
 * Calls back when the service says that something changed. It is a courtesy on top of polling: where the stream cannot be had, or breaks,
 * the browser retries by itself and polling goes on.
 */
export function useStream(event: string, act: () => void): void {
  const source = new EventSource('/api/v1/stream')
  source.addEventListener(event, act)
  onScopeDispose(() => source.close())
}
