// The agents: what each is doing, how it fared, and what may be done with it.
import { useState } from 'react'
import { Link } from 'wouter'
import { answer, api } from '../../api/client.ts'
import type { Agent } from '../../api/records.ts'
import { ActionDialog } from '../../actions/action-dialog.tsx'
import { useObstacle } from '../../actions/use-action.ts'
import { runPath, RunLink } from '../../format/entity-link.tsx'
import { formatCount, NOTHING } from '../../format/number.ts'
import { formatAge, formatMoment, toMs } from '../../format/time.ts'
import { agentState, AGENT_LOOKS, isQuarantined } from './agent-state.ts'

export type Order = 'drain' | 'undrain' | 'quarantine'
const MAX_NOW = 3

interface AgentTableProps {
  readonly agents: readonly Agent[]
  readonly onOrdered: () => void
}

export function AgentTable({ agents, onOrdered }: AgentTableProps) {
  const [asked, setAsked] = useState<{ agent: Agent; order: Order } | null>(null)
  return (
    <>
      <div className="agents-scroller" tabIndex={0} role="region" aria-label="Agents">
        <table className="agents-table">
          <thead>
            <tr>
              <th scope="col">Agent</th>
              <th scope="col">State</th>
              <th scope="col" className="number">
                Slots
              </th>
              <th scope="col" className="number">
                GPU
              </th>
              <th scope="col" className="number">
                CPU
              </th>
              <th scope="col" className="number" title="Attempts that ended so on this agent">
                ok / failed
              </th>
              <th scope="col">Now</th>
              <th scope="col" className="number">
                Seen
              </th>
              <th scope="col">Version</th>
              <th scope="col">
                <span className="visually-hidden">Actions</span>
              </th>
            </tr>
          </thead>
          {agents.map((agent) => (
            <AgentRow key={agent.id} agent={agent} ask={(order) => setAsked({ agent, order })} />
          ))}
        </table>
      </div>
      {asked !== null && <OrderDialog {...asked} onClose={() => setAsked(null)} onOrdered={onOrdered} />}
    </>
  )
}

function AgentRow({ agent, ask }: { readonly agent: Agent; readonly ask: (order: Order) => void }) {
  const state = agentState(agent)
  const look = AGENT_LOOKS[state]
  const { quarantine = null, lastError = null } = agent
  const { gpuPercent = null, cpuPercent = null } = agent.utilization ?? {}
  const labels = Object.entries(agent.labels).map(([name, value]) => `${name}=${value}`)
  return (
    <tbody data-agent={agent.id}>
      <tr>
        <th scope="row">
          <span className="clip agent-host" title={agent.host}>
            {agent.host}
          </span>
          <code className="muted">{agent.id}</code>
          {labels.length > 0 && (
            <span className="muted clip agent-labels" title={labels.join(' ')}>
              {labels.join(' ')}
            </span>
          )}
        </th>
        <td>
          <span className={`state state-${look.tone}`}>
            <span className="state-glyph" aria-hidden="true">
              {look.glyph}
            </span>
            {look.word}
          </span>
        </td>
        <td className="number">
          {agent.busy}/{agent.slots}
        </td>
        <td className="number">{gpuPercent === null ? NOTHING : `${Math.round(gpuPercent)} %`}</td>
        <td className="number">{cpuPercent === null ? NOTHING : `${Math.round(cpuPercent)} %`}</td>
        <td className="number">
          {formatCount(agent.runs.finished)} /{' '}
          <span className={agent.runs.failed > 0 ? 'agent-failed' : undefined}>
            {formatCount(agent.runs.failed)}
          </span>
        </td>
        <td className="agent-now">
          <RunsNow runIds={agent.now} />
        </td>
        <td className="number" title={formatMoment(toMs(agent.lastSeenAt))}>
          {formatAge(agent.silentMs)}
        </td>
        <td>{agent.version ?? NOTHING}</td>
        <td>
          <Orders agent={agent} ask={ask} />
        </td>
      </tr>
      {quarantine !== null && (
        <tr className="agent-note">
          <td colSpan={10}>
            <span className="agent-failed">Quarantined</span>{' '}
            {quarantine.by === 'rule' ? 'by the rule' : 'by a person'} at {formatMoment(toMs(quarantine.at))}
            {quarantine.reason !== '' && `: ${quarantine.reason}`}
          </td>
        </tr>
      )}
      {lastError !== null && (
        <tr className="agent-note">
          <td colSpan={10} className="muted">
            Last error (<Link href={runPath(lastError.runId, null)}>{lastError.runId}</Link>
            {lastError.at !== null && `, ${formatMoment(toMs(lastError.at))}`}):{' '}
            <span className="mono">{lastError.text}</span>
          </td>
        </tr>
      )}
    </tbody>
  )
}

function RunsNow({ runIds }: { readonly runIds: readonly string[] }) {
  if (runIds.length === 0) return <span className="muted">idle</span>
  const rest = runIds.length - MAX_NOW
  return (
    <>
      {runIds.slice(0, MAX_NOW).map((id) => (
        <span key={id}>
          <RunLink id={id} sweepRef={null} />{' '}
        </span>
      ))}
      {rest > 0 && (
        <span className="muted" title={runIds.join(' ')}>
          and {rest} more
        </span>
      )}
    </>
  )
}

function Orders({ agent, ask }: { readonly agent: Agent; readonly ask: (order: Order) => void }) {
  const obstacle = useObstacle()
  const isGone = agent.state === 'left' || agent.state === 'lost'
  const isHeld = agent.drained === true || isQuarantined(agent)
  const title = obstacle ?? undefined
  const name = `${agent.host} ${agent.id}`
  return (
    <div className="row agent-orders">
      {isHeld && (
        <button
          disabled={obstacle !== null}
          title={title}
          onClick={() => ask('undrain')}
          aria-label={`Take back: ${name}`}
        >
          Take back
        </button>
      )}
      {!isGone && agent.drained !== true && (
        <button
          disabled={obstacle !== null}
          title={title}
          onClick={() => ask('drain')}
          aria-label={`Drain ${name}`}
        >
          Drain
        </button>
      )}
      {!isQuarantined(agent) && !isGone && (
        <button
          disabled={obstacle !== null}
          title={title}
          onClick={() => ask('quarantine')}
          aria-label={`Quarantine ${name}`}
        >
          Quarantine
        </button>
      )}
    </div>
  )
}

const WORDS: Readonly<
  Record<Order, { readonly title: string; readonly verb: string; readonly meaning: string }>
> = {
  drain: {
    title: 'Drain this agent?',
    verb: 'Drain',
    meaning: 'It takes no more work, finishes what it works now, and leaves.',
  },
  undrain: {
    title: 'Give this agent work again?',
    verb: 'Take back',
    meaning: 'A drain or a quarantine of it ends; one that has left must be started again on its machine.',
  },
  quarantine: {
    title: 'Quarantine this agent?',
    verb: 'Quarantine',
    meaning: 'It stays, and gets no more work until this is taken back. What it works now goes on.',
  },
}

interface OrderDialogProps {
  readonly agent: Agent
  readonly order: Order
  readonly onClose: () => void
  readonly onOrdered: () => void
}

function OrderDialog({ agent, order, onClose, onOrdered }: OrderDialogProps) {
  const { title, verb, meaning } = WORDS[order]
  async function act(form: FormData): Promise<void> {
    const reason = String(form.get('reason') ?? '').trim()
    const params = { path: { ref: agent.id } }
    await answer(api.POST(`/api/v1/agents/{ref}/${order}`, { params, body: reason === '' ? {} : { reason } }))
    onOrdered()
  }
  return (
    <ActionDialog
      title={title}
      sentences={[`${agent.host} (${agent.id}). ${meaning}`]}
      verb={verb}
      act={act}
      onClose={onClose}
    >
      {order !== 'undrain' && (
        <label>
          Why (others will read it)
          <input name="reason" maxLength={500} />
        </label>
      )}
    </ActionDialog>
  )
}
