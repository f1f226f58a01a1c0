// The tokens of the server: who has which, a new one (shown once), and taking one back. Admins only.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useAction, useObstacle } from '../../actions/use-action.ts'
import { answer, api } from '../../api/client.ts'
import type { components } from '../../api/openapi.d.ts'
import { formatMoment, toMs } from '../../format/time.ts'
import { CopyButton } from '../../shell/copy-button.tsx'
import { Dialog } from '../../shell/dialog.tsx'
import { FailedRequest, Failure } from '../../shell/failure.tsx'
import { useMayChange } from '../../shell/session.tsx'

type Token = components['schemas']['Token']
type Role = components['schemas']['Role']

const KEY = ['tokens']
const ROLES: readonly Role[] = ['viewer', 'agent', 'admin']
const DAY_SECONDS = 86_400
const DAYS = [1, 7, 30, 90, 365] as const

export function TokensPanel() {
  const mayChange = useMayChange()
  const [isMaking, setMaking] = useState(false)
  const obstacle = useObstacle()
  return (
    <section className="panel" aria-labelledby="settings-tokens">
      <div className="row">
        <h2 id="settings-tokens" className="grow">
          Tokens
        </h2>
        <button disabled={obstacle !== null} title={obstacle ?? undefined} onClick={() => setMaking(true)}>
          New token…
        </button>
      </div>
      {mayChange ? <TokenTable /> : <p className="muted">Only an admin token shows the others.</p>}
      {isMaking && <NewToken onClose={() => setMaking(false)} />}
    </section>
  )
}

function TokenTable() {
  const { data, error, refetch } = useQuery({
    queryKey: KEY,
    queryFn: () => answer(api.GET('/api/v1/tokens')),
  })
  if (error !== null) return <FailedRequest what="The tokens" error={error} onRetry={() => void refetch()} />
  if (data === undefined) return null
  if (data.tokens.length === 0)
    return <p className="muted">None yet: everything is done with the admin token of the data folder.</p>
  return (
    <div className="settings-scroll" tabIndex={0} role="region" aria-label="Tokens, all columns">
      <table className="settings-tokens">
        <thead>
          <tr>
            {['Name', 'Role', 'State', 'Made', 'By', 'Ends', 'Last used'].map((title) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
            <td />
          </tr>
        </thead>
        <tbody>
          {data.tokens.map((token) => (
            <TokenRow key={token.id} token={token} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

function TokenRow({ token }: { readonly token: Token }) {
  const client = useQueryClient()
  const action = useAction()
  const isGood = token.state === 'good'
  const revoke = async () => {
    const request = () =>
      answer(api.POST('/api/v1/tokens/{ref}/revoke', { params: { path: { ref: token.id } } }))
    if (await action.run(request)) await client.invalidateQueries({ queryKey: KEY })
  }
  return (
    <>
      <tr className={isGood ? undefined : 'muted'}>
        <td className="settings-name">{token.name}</td>
        <td>{token.role}</td>
        <td>{token.state}</td>
        <td>{formatMoment(toMs(token.createdAt))}</td>
        <td className="settings-name">{token.createdBy}</td>
        <td>{formatMoment(toMs(token.expiresAt))}</td>
        <td>{token.lastUsedAt === null ? 'never' : formatMoment(toMs(token.lastUsedAt))}</td>
        <td>
          {isGood && (
            <button disabled={action.isBusy} onClick={() => void revoke()}>
              Revoke <span className="visually-hidden">{token.name}</span>
            </button>
          )}
        </td>
      </tr>
      {action.problem !== null && (
        <tr>
          <td colSpan={8}>
            <FailedRequest what="The token" error={action.problem} />
          </td>
        </tr>
      )}
    </>
  )
}

function NewToken({ onClose }: { readonly onClose: () => void }) {
  const client = useQueryClient()
  const action = useAction()
  const [role, setRole] = useState<Role>('agent')
  const [days, setDays] = useState<number>(30)
  const [name, setName] = useState('')
  const [secret, setSecret] = useState<string | null>(null)

  const make = async () => {
    const wanted = name.trim()
    const body = { role, ttlSeconds: days * DAY_SECONDS, ...(wanted === '' ? {} : { name: wanted }) }
    const isMade = await action.run(async () => {
      setSecret((await answer(api.POST('/api/v1/tokens', { body }))).secret)
    })
    if (isMade) await client.invalidateQueries({ queryKey: KEY })
  }

  if (secret !== null)
    return (
      <Dialog title="The new token" onClose={onClose}>
        <p>It is shown this once. Whoever has it may do what its role may.</p>
        <pre className="settings-secret">{secret}</pre>
        <div className="row">
          <CopyButton text={secret}>Copy</CopyButton>
          <button onClick={onClose}>Done</button>
        </div>
      </Dialog>
    )
  return (
    <Dialog title="New token" onClose={onClose}>
      <form
        className="settings-form"
        onSubmit={(event) => {
          event.preventDefault()
          void make()
        }}
      >
        <label>
          Role
          <select value={role} onChange={(event) => setRole(event.target.value as Role)}>
            {ROLES.map((each) => (
              <option key={each} value={each}>
                {ROLE_TITLES[each]}
              </option>
            ))}
          </select>
        </label>
        <label>
          Good for
          <select value={days} onChange={(event) => setDays(Number(event.target.value))}>
            {DAYS.map((each) => (
              <option key={each} value={each}>
                {each === 1 ? '1 day' : `${each} days`}
              </option>
            ))}
          </select>
        </label>
        <label>
          Name
          <input
            value={name}
            maxLength={200}
            placeholder="what it is for"
            onChange={(event) => setName(event.target.value)}
          />
        </label>
        {action.problem !== null && (
          <Failure title="No token was made" message={action.problem.message} hint={action.problem.hint} />
        )}
        <div className="row">
          <button className="button-primary" disabled={action.isBusy}>
            Make it
          </button>
          <button type="button" onClick={onClose}>
            Cancel
          </button>
        </div>
      </form>
    </Dialog>
  )
}

const ROLE_TITLES: Readonly<Record<Role, string>> = {
  viewer: 'viewer: may look',
  agent: 'agent: works sweeps on a training machine',
  admin: 'admin: may change everything',
}
