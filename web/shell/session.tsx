// Who looks: the session's principal for every screen, or the form that opens one. A link of `sweep open` carries a
// one-time ticket behind its #, which no server sees.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { createContext, useContext, useState, type FormEvent, type ReactNode } from 'react'
import { answer, api, ApiError } from '../api/client.ts'
import type { components } from '../api/openapi.d.ts'
import { takeEarlyPrincipal } from './early-principal.ts'
import { Failure } from './failure.tsx'

export type Principal = components['schemas']['Whoami']

const PrincipalContext = createContext<Principal | null>(null)

export function usePrincipal(): Principal {
  const principal = useContext(PrincipalContext)
  if (principal === null) throw new Error('usePrincipal is for what stands in SessionGate')
  return principal
}

/** May this person change things? What is not allowed is shown disabled, with NOT_ALLOWED as the reason. */
export function useMayChange(): boolean {
  return usePrincipal().role === 'admin'
}
export const NOT_ALLOWED = 'Your token may only look; an admin token may change things.'

const KEY = ['whoami']

async function findPrincipal(): Promise<Principal> {
  const ticket = /^#ticket=([A-Za-z0-9_]+)$/.exec(window.location.hash)?.[1]
  if (ticket !== undefined) {
    window.history.replaceState(null, '', window.location.pathname + window.location.search)
    return answer(api.POST('/api/v1/session', { body: { ticket } }))
  }
  const early = await takeEarlyPrincipal()
  if (early?.ok === true) return (await early.json()) as Principal // the server's own words
  return answer(api.GET('/api/v1/whoami'))
}

export function SessionGate({ children }: { readonly children: ReactNode }) {
  const { data, error, refetch } = useQuery({ queryKey: KEY, queryFn: findPrincipal, staleTime: Infinity })
  if (data !== undefined) return <PrincipalContext value={data}>{children}</PrincipalContext>
  if (error instanceof ApiError && error.status === 401) return <LoginForm refusal={error} />
  if (error === null) return null
  return <Failure title="The server does not answer" message={error.message} onRetry={() => void refetch()} />
}

function LoginForm({ refusal }: { readonly refusal: ApiError }) {
  const client = useQueryClient()
  const [problem, setProblem] = useState<string | null>(
    refusal.message.includes('ticket') ? refusal.message : null,
  )
  const [isBusy, setBusy] = useState(false)

  async function logIn(event: FormEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault()
    const token = String(new FormData(event.currentTarget).get('token') ?? '').trim()
    setBusy(true)
    try {
      client.setQueryData(KEY, await answer(api.POST('/api/v1/session', { body: { token } })))
    } catch (error) {
      setProblem(error instanceof ApiError ? error.message : String(error))
      setBusy(false)
    }
  }

  return (
    <main className="login">
      <h1>Log in to sweep</h1>
      <form onSubmit={(event) => void logIn(event)}>
        <label>
          Token
          <input type="password" name="token" autoComplete="current-password" required autoFocus />
        </label>
        <button className="button-primary" disabled={isBusy}>
          Log in
        </button>
      </form>
      {problem !== null && <Failure title="This was not taken" message={problem} />}
      <p className="muted">
        On the machine of the server: <code>sweep open</code>. The admin token is in its data folder
        (admin-token); others: <code>sweep token new</code>.
      </p>
    </main>
  )
}

/** Ends the session; the form is next. */
export function useLogOut(): () => void {
  const client = useQueryClient()
  return () => {
    void api.DELETE('/api/v1/session').finally(() => {
      client.clear()
      window.location.assign('/')
    })
  }
}
