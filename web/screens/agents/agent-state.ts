// How an agent is, in one word: what a person or a rule ordered goes before what it does by itself. Pure.
import type { Agent } from '../../api/records.ts'

export type AgentState = 'working' | 'idle' | 'silent' | 'draining' | 'quarantined' | 'left' | 'lost'

interface Look {
  readonly glyph: string
  readonly word: string
  readonly tone: 'good' | 'bad' | 'warn' | 'live' | 'muted'
}

export const AGENT_LOOKS: Readonly<Record<AgentState, Look>> = {
  working: { glyph: '●', word: 'working', tone: 'live' },
  idle: { glyph: '◌', word: 'idle', tone: 'muted' },
  silent: { glyph: '?', word: 'silent', tone: 'warn' },
  draining: { glyph: '⊣', word: 'draining', tone: 'warn' },
  quarantined: { glyph: '⊘', word: 'quarantined', tone: 'bad' },
  left: { glyph: '✓', word: 'left', tone: 'muted' },
  lost: { glyph: '?', word: 'lost', tone: 'bad' },
}

export function agentState(agent: Agent): AgentState {
  if (agent.state === 'left' || agent.state === 'lost') return agent.state
  if (isQuarantined(agent)) return 'quarantined'
  if (agent.state === 'draining' || agent.drained === true) return 'draining'
  if (agent.suspect) return 'silent'
  return agent.busy > 0 ? 'working' : 'idle'
}

export function isGone({ state }: Agent): boolean {
  return state === 'left' || state === 'lost'
}

/** An older controller does not tell. */
export function isQuarantined({ quarantine = null }: Agent): boolean {
  return quarantine !== null
}

/** Those that are there first, by host; then those that are gone, the newest first. */
export function orderAgents(agents: readonly Agent[]): Agent[] {
  return [...agents].sort((left, right) => {
    if (isGone(left) !== isGone(right)) return isGone(left) ? 1 : -1
    if (isGone(left)) return right.lastSeenAt.localeCompare(left.lastSeenAt)
    return left.host.localeCompare(right.host, 'en', { numeric: true }) || left.id.localeCompare(right.id)
  })
}

/** `5/6 agents · 38/40 slots busy`: of those that were not told to leave. */
export function summarizeAgents(agents: readonly Agent[]): string {
  const there = agents.filter((agent) => !isGone(agent))
  const gone = agents.filter(({ state }) => state === 'lost').length
  const slots = there.reduce((sum, agent) => sum + agent.slots, 0)
  const busy = there.reduce((sum, agent) => sum + agent.busy, 0)
  const quarantined = there.filter(isQuarantined).length
  const parts = [
    `${there.length} ${there.length === 1 ? 'agent' : 'agents'}`,
    `${busy} of ${slots} slots work`,
  ]
  if (quarantined > 0) parts.push(`${quarantined} in quarantine`)
  if (gone > 0) parts.push(`${gone} lost`)
  return parts.join(' · ')
}
