import { afterEach, describe, expect, it, vi } from 'vitest'
import { effectScope, nextTick, ref } from 'vue'
import { ApiError } from '../../src/api/client'
import { usePolled } from '../../src/live/polled'

/** Reads that are answered by hand, in any order. */
function asked() {
  const open: { give: (value: string) => void; fail: (error: unknown) => void; signal: AbortSignal }[] = []
  const read = (signal: AbortSignal) => new Promise<string>((give, fail) => open.push({ give, fail, signal }))
  return { open, read }
}

const settle = async () => {
  for (let turn = 0; turn < 5; turn++) await nextTick()
}

afterEach(() => vi.useRealTimers())

describe('polling', () => {
  it('keeps the last good answer when a later one fails', async () => {
    const { open, read } = asked()
    const polled = effectScope().run(() => usePolled(read, () => 1))!
    open[0]!.give('good')
    await settle()
    void polled.refresh()
    open[1]!.fail(new ApiError(500, 'STORE_DOWN', '', 'a1'))
    await settle()
    expect([polled.data.value, polled.error.value?.code, polled.loading.value]).toEqual(['good', 'STORE_DOWN', false])
    void polled.refresh()
    open[2]!.give('better')
    await settle()
    expect([polled.data.value, polled.error.value]).toEqual(['better', null])
  })

  it('does not let an older answer overwrite a newer one', async () => {
    const { open, read } = asked()
    const polled = effectScope().run(() => usePolled(read, () => 1))!
    void polled.refresh()
    open[1]!.give('new')
    await settle()
    open[0]!.give('old')
    await settle()
    expect(polled.data.value).toBe('new')
    expect(open[0]!.signal.aborted).toBe(true)
  })

  it('drops the answer to another question at once', async () => {
    const { open, read } = asked()
    const key = ref('a')
    const polled = effectScope().run(() => usePolled(read, () => key.value))!
    open[0]!.give('of a')
    await settle()
    key.value = 'b'
    await settle()
    expect([polled.data.value, polled.loading.value, open.length]).toEqual([null, true, 2])
  })

  it('asks again at its pace, and no more when it is left', async () => {
    vi.useFakeTimers()
    const { open, read } = asked()
    const scope = effectScope()
    scope.run(() => usePolled(read, () => 1, 60_000))
    vi.advanceTimersByTime(120_000)
    expect(open.length).toBe(3)
    scope.stop()
    vi.advanceTimersByTime(120_000)
    expect(open.length).toBe(3)
    expect(open[2]!.signal.aborted).toBe(true)
  })
})
