import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ApiError, get, post, whenUnauthorized } from '../../src/api/client'

const answer = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  vi.stubGlobal('fetch', vi.fn(async () => new Response(body === null ? null : JSON.stringify(body), { status, headers })))
const fault = (act: Promise<unknown>) => act.then(() => { throw new Error('it succeeded') }, (error: unknown) => error as ApiError)
const expired = vi.fn()

beforeEach(() => {
  expired.mockReset()
  whenUnauthorized(expired)
})
afterEach(() => vi.unstubAllGlobals())

describe('asking the API', () => {
  it('leaves out what is not asked for', async () => {
    answer(200, {})
    await get('/overview', { scope: undefined, period: '2026' })
    expect(fetch).toHaveBeenCalledWith('/api/v1/overview?period=2026', expect.objectContaining({ credentials: 'same-origin' }))
  })

  it('turns a problem into an error with its code and trace', async () => {
    answer(500, { code: 'TOO_LONG', title: 'Too long', traceId: 'a1b2' })
    expect(await fault(get('/usage'))).toMatchObject({ status: 500, code: 'TOO_LONG', traceId: 'a1b2' })
  })

  it('copes with a failure that is not a problem document', async () => {
    vi.stubGlobal('fetch', vi.fn(async () => new Response('<html>', { status: 502 })))
    expect(await fault(get('/usage'))).toMatchObject({ status: 502, code: 'HTTP_502', traceId: null })
  })

  it('tells when nobody answers', async () => {
    vi.stubGlobal('fetch', vi.fn(async () => { throw new TypeError('failed to fetch') }))
    expect(await fault(get('/usage'))).toMatchObject({ status: 0, code: 'OFFLINE' })
  })

  it('ends the session at a refusal, but not at a wrong password', async () => {
    answer(401, { code: 'WRONG_PASSWORD' })
    await fault(post('/auth/login', {}))
    expect(expired).not.toHaveBeenCalled()
    await fault(get('/overview'))
    expect(expired).toHaveBeenCalledOnce()
  })

  it('reads how long to wait after too many attempts', async () => {
    answer(429, { code: 'LOCKED_OUT' }, { 'Retry-After': '240' })
    expect(await fault(post('/auth/login', {}))).toMatchObject({ retryAfterSeconds: 240 })
  })

  it('takes an answer without a body', async () => {
    answer(204, null)
    expect(await post('/auth/logout')).toBeUndefined()
  })
})
