// The list of agents, of a sweep or of all, kept up to date: beats are not told by the stream, so it asks every 5 s.
import { useQuery } from '@tanstack/react-query'
import { useCallback, useState } from 'react'
import { answer, api } from '../../api/client.ts'
import type { ChangesMessage } from '../../api/records.ts'
import { useRefetchOnChange } from '../../live/use-sweep.ts'
import { CopyButton } from '../../shell/copy-button.tsx'
import { FailedRequest } from '../../shell/failure.tsx'
import { Late } from '../../shell/late.tsx'
import { AgentTable } from './agent-table.tsx'
import { isGone, orderAgents, summarizeAgents } from './agent-state.ts'
import './agents.css'

const ASK_EVERY_MS = 5_000
/** More are shown on demand. */
const MAX_ROWS = 100

/** @param sweepRef null: of all sweeps */
export function AgentsPanel({ sweepRef }: { readonly sweepRef: string | null }) {
  const key = ['agents', sweepRef]
  const { data, error, refetch } = useQuery({
    queryKey: key,
    queryFn: async () => {
      const query = sweepRef === null ? {} : { sweep: sweepRef }
      return (await answer(api.GET('/api/v1/agents', { params: { query } }))).agents
    },
    refetchInterval: ASK_EVERY_MS,
  })
  const concerns = useCallback(({ agents, runs }: ChangesMessage) => agents.length > 0 || runs.length > 0, [])
  useRefetchOnChange(key, concerns)
  const [hasGone, setGone] = useState(false)
  const [hasAll, setAll] = useState(false)
  if (data === undefined) {
    if (error === null) return <Late what="The list of agents" />
    return <FailedRequest what="The list of agents" error={error} onRetry={() => void refetch()} />
  }
  if (data.length === 0)
    return (
      <section className="panel agents-panel" aria-labelledby="agents-heading">
        <h2 id="agents-heading">Agents</h2>
        <NoAgents sweepRef={sweepRef} />
      </section>
    )
  const ordered = orderAgents(data)
  // Those that were lost still say so; those that left did as they were told.
  const listed = hasGone ? ordered : ordered.filter(({ state }) => state !== 'left')
  const shown = hasAll ? listed : listed.slice(0, MAX_ROWS)
  const left = ordered.filter(({ state }) => state === 'left').length
  return (
    <section className="panel agents-panel" aria-labelledby="agents-heading">
      <div className="row">
        <h2 id="agents-heading">Agents</h2>
        <span className="muted" role="status">
          {summarizeAgents(data)}
        </span>
        <span className="grow" />
        {left > 0 && (
          <label className="row">
            <input type="checkbox" checked={hasGone} onChange={(event) => setGone(event.target.checked)} />
            show {left} that left
          </label>
        )}
      </div>
      {shown.length > 0 && <AgentTable agents={shown} onOrdered={() => void refetch()} />}
      {ordered.every(isGone) && <NoAgents sweepRef={sweepRef} />}
      {listed.length > shown.length && (
        <button onClick={() => setAll(true)}>Show all {listed.length} agents</button>
      )}
    </section>
  )
}

function NoAgents({ sweepRef }: { readonly sweepRef: string | null }) {
  const command = `sweep agent ${sweepRef ?? '@last'} --server ${window.location.origin}`
  return (
    <div className="no-agents">
      <p>0 agents are there. Start one on each machine:</p>
      <div className="row">
        <code>{command}</code>
        <CopyButton text={command}>Copy</CopyButton>
      </div>
      <p className="muted">It fills all GPUs of its machine. This page updates by itself.</p>
    </div>
  )
}
