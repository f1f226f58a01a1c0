// The tokens of this server: listed, made and revoked by admins. A new one's secret is shown once.
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { ActionDialog } from '../../actions/action-dialog.tsx'
import { useObstacle } from '../../actions/use-action.ts'
import { answer, api } from '../../api/client.ts'
import type { components } from '../../api/openapi.d.ts'
import { NOTHING } from '../../format/number.ts'
import { formatAge, formatMoment, toMs } from '../../format/time.ts'
import { useNow } from '../../format/use-now.ts'
import { CopyButton } from '../../shell/copy-button.tsx'
import { FailedRequest } from '../../shell/failure.tsx'
import { Late } from '../../shell/late.tsx'
import { NOT_ALLOWED, useMayChange } from '../../shell/session.tsx'

type Token = components['schemas']['Token']
type Role = Token['role']
const KEY = ['tokens']

export function TokensPanel() {
  const mayChange = useMayChange()
  return (
    <section className="panel settings-panel" aria-labelledby="tokens-heading">
      {mayChange ? (
        <Tokens />
      ) : (
        <>
          <h2 id="tokens-heading">Tokens</h2>
          <p className="muted">{NOT_ALLOWED}</p>
        </>
      )}
    </section>
  )
}

function Tokens() {
  const { data, error, refetch } = useQuery({
    queryKey: KEY,
    queryFn: async () => (await answer(api.GET('/api/v1/tokens'))).tokens,
  })
  const obstacle = useObstacle()
  const [isMaking, setMaking] = useState(false)
  const [made, setMade] = useState<{ readonly name: string; readonly secret: string } | null>(null)
  const [revoked, setRevoked] = useState<Token | null>(null)
  return (
    <>
      <div className="row">
        <h2 id="tokens-heading">Tokens</h2>
        <span className="grow" />
        <button disabled={obstacle !== null} title={obstacle ?? undefined} onClick={() => setMaking(true)}>
          Make a token
        </button>
      </div>
      {made !== null && (
        <div className="banner made-token" role="status">
          <p>
            The secret of <strong>{made.name}</strong>. It is shown this once: keep it now.
          </p>
          <div className="row">
            <code className="made-secret">{made.secret}</code>
            <CopyButton text={made.secret}>Copy</CopyButton>
            <button onClick={() => setMade(null)}>I have it</button>
          </div>
        </div>
      )}
      {data === undefined && error === null && <Late what="The list of tokens" rows={3} />}
      {error !== null && (
        <FailedRequest what="The list of tokens" error={error} onRetry={() => void refetch()} />
      )}
      {data?.length === 0 && (
        <p className="muted">None was made yet: the admin token of the data folder is the only one.</p>
      )}
      {data !== undefined && data.length > 0 && (
        <TokenTable tokens={data} obstacle={obstacle} onRevoke={setRevoked} />
      )}
      {isMaking && (
        <MakeDialog
          onClose={() => setMaking(false)}
          onMade={(token) => {
            setMade(token)
            void refetch()
          }}
        />
      )}
      {revoked !== null && (
        <ActionDialog
          title="Revoke this token?"
          sentences={[
            `${revoked.name} (${revoked.role}) opens nothing from then on, and its sessions end. This cannot be taken back.`,
          ]}
          verb="Revoke"
          onClose={() => setRevoked(null)}
          act={async () => {
            await answer(api.POST('/api/v1/tokens/{ref}/revoke', { params: { path: { ref: revoked.id } } }))
            await refetch()
          }}
        />
      )}
    </>
  )
}

interface TokenTableProps {
  readonly tokens: readonly Token[]
  readonly obstacle: string | null
  readonly onRevoke: (token: Token) => void
}

function TokenTable({ tokens, obstacle, onRevoke }: TokenTableProps) {
  const nowMs = useNow()
  return (
    <div className="tokens-scroller" tabIndex={0} role="region" aria-label="Tokens">
      <table className="tokens-table">
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Role</th>
            <th scope="col">State</th>
            <th scope="col">Made by</th>
            <th scope="col">Expires</th>
            <th scope="col">Last used</th>
            <th scope="col">
              <span className="visually-hidden">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {tokens.map((token) => {
            const usedMs = toMs(token.lastUsedAt)
            return (
              <tr key={token.id}>
                <th scope="row" className="clip" title={token.name}>
                  {token.name}
                </th>
                <td>{token.role}</td>
                <td>{token.state}</td>
                <td className="clip" title={token.createdBy}>
                  {token.createdBy}
                </td>
                <td>{formatMoment(toMs(token.expiresAt))}</td>
                <td title={formatMoment(usedMs)}>
                  {usedMs === null ? NOTHING : `${formatAge(nowMs - usedMs)} ago`}
                </td>
                <td className="number">
                  {token.state === 'good' && (
                    <button
                      disabled={obstacle !== null}
                      title={obstacle ?? undefined}
                      aria-label={`Revoke ${token.name}`}
                      onClick={() => onRevoke(token)}
                    >
                      Revoke
                    </button>
                  )}
                </td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}

const ROLES: readonly (readonly [Role, string])[] = [
  ['viewer', 'viewer: looks, changes nothing'],
  ['agent', 'agent: works runs'],
  ['admin', 'admin: may do everything'],
]
const LIVES: readonly (readonly [string, number])[] = [
  ['1 day', 1],
  ['30 days', 30],
  ['90 days', 90],
  ['1 year', 365],
]

interface MakeDialogProps {
  readonly onClose: () => void
  readonly onMade: (token: { readonly name: string; readonly secret: string }) => void
}

function MakeDialog({ onClose, onMade }: MakeDialogProps) {
  async function make(form: FormData): Promise<void> {
    const name = String(form.get('name') ?? '').trim()
    const role = ROLES.find(([value]) => value === form.get('role'))?.[0] ?? 'viewer'
    const days = Number(form.get('days'))
    const body = { role, ttlSeconds: days * 86_400, ...(name === '' ? {} : { name }) }
    const { secret, token } = await answer(api.POST('/api/v1/tokens', { body }))
    onMade({ name: token.name, secret })
  }
  return (
    <ActionDialog
      title="Make a token"
      sentences={['Its secret is shown once, after this.']}
      verb="Make it"
      act={make}
      onClose={onClose}
    >
      <label>
        Name (whose, or what for)
        <input name="name" maxLength={200} />
      </label>
      <label>
        Role
        <select name="role" defaultValue="viewer">
          {ROLES.map(([role, words]) => (
            <option key={role} value={role}>
              {words}
            </option>
          ))}
        </select>
      </label>
      <label>
        Good for
        <select name="days" defaultValue="30">
          {LIVES.map(([words, days]) => (
            <option key={days} value={days}>
              {words}
            </option>
          ))}
        </select>
      </label>
    </ActionDialog>
  )
}
