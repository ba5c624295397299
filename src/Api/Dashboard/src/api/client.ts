/** An answer that is not the one asked for: an RFC 9457 problem, or no answer at all (`code` OFFLINE). */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly traceId: string | null,
    readonly retryAfterSeconds: number | null = null,
  ) {
    super(message)
  }
}

type Query = Record<string, string | undefined>

let onUnauthorized: () => void = () => {}

/** What to do when the session is over, wherever that is noticed. */
export function whenUnauthorized(act: () => void): void {
  onUnauthorized = act
}

export async function get<T>(path: string, query: Query = {}, signal?: AbortSignal): Promise<T> {
  const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined)
  const search = new URLSearchParams(given).toString()
  return send<T>(search ? `${path}?${search}` : path, { signal, cache: 'no-cache' })
}

export async function post<T>(path: string, body?: unknown): Promise<T> {
  return send<T>(path, {
    method: 'POST',
    headers: body === undefined ? {} : { 'Content-Type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  })
}

export async function remove(path: string): Promise<void> {
  return send<void>(path, { method: 'DELETE' })
}

async function send<T>(path: string, request: RequestInit): Promise<T> {
  let response: Response
  try {
    response = await fetch(`/api/v1${path}`, { credentials: 'same-origin', ...request })
  } catch (fault) {
    if (request.signal?.aborted) throw fault
    throw new ApiError(0, 'OFFLINE', 'no answer', null)
  }
  if (response.ok) return (response.status === 204 ? undefined : await response.json()) as T
  const error = await problemOf(response)
  // A wrong password is an answer to the login form, not the end of a session.
  if (response.status === 401 && path !== '/auth/login') onUnauthorized()
  throw error
}

async function problemOf(response: Response): Promise<ApiError> {
  const body: unknown = await response.json().catch(() => null)
  const problem = (body ?? {}) as { code?: string; title?: string; detail?: string; traceId?: string }
  const wait = Number(response.headers.get('Retry-After') ?? NaN)
  return new ApiError(
    response.status,
    problem.code ?? `HTTP_${response.status}`,
    problem.detail ?? problem.title ?? '',
    problem.traceId ?? null,
    Number.isFinite(wait) ? wait : null,
  )
}
