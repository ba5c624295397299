import { readonly, shallowRef } from 'vue'
import { get, post } from '../api/client'
import type { User } from '../api/contract'

// Whether there may be a session cookie, which scripts cannot see. Without this note the first visit would begin with a refused request.
const hint = 'ew-session'

const current = shallowRef<User | null>(null)

export const user = readonly(current)

export const maybeSignedIn = (): boolean => localStorage.getItem(hint) !== null

/** The signed-in user, asked from the service once per page load; null where nobody is signed in. */
export async function resume(): Promise<User | null> {
  if (current.value || !maybeSignedIn()) return current.value
  try {
    current.value = await get<User>('/auth/me')
  } catch {
    // Refused or no answer: the login page is where both are dealt with, and it shows the fault when one signs in.
    forget()
  }
  return current.value
}

export async function signIn(username: string, password: string): Promise<void> {
  const answer = await post<{ user: User }>('/auth/login', { username, password })
  localStorage.setItem(hint, '1')
  current.value = answer.user
}

export async function signOut(): Promise<void> {
  await post('/auth/logout')
  forget()
}

export function forget(): void {
  localStorage.removeItem(hint)
  current.value = null
}
