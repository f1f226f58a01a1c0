// What an agent tells whoever started it, one event at a time: the command prints them, as text or as JSON Lines.

interface EventOfRun {
  readonly runId: string
  readonly attempt: number
  /** From 0; null when it never got one. */
  readonly slot: number | null
}

interface EndOfRun extends EventOfRun {
  readonly exitCode: number | null
  readonly signal: string | null
  /** Why it ended so, for people; null when there is nothing to say. */
  readonly reason: string | null
  /** The last line of standard error that is not blank. */
  readonly stderrLastLine: string | null
  /** From the spawn to the end; null when it was never spawned. */
  readonly durationMs: number | null
  /** The sweep's metric over this attempt, by the sweep's goal; null when it never came or has no finite value. */
  readonly metric: {
    readonly name: string
    readonly best: number | null
    readonly last: number | null
  } | null
}

type EventFacts =
  /** Registered: takes work from now on. */
  | {
      event: 'agent.started'
      agentId: string
      host: string
      slots: number
      /** CUDA_VISIBLE_DEVICES per slot; null: hands out no GPUs. */
      gpus: readonly (string | null)[]
      server: string
      sweeps: readonly { id: string; name: string; state: string }[]
    }
  /** The command was spawned. */
  | (EventOfRun & {
      event: 'run.started'
      pid: number
      sweepId: string | null
      sweepName: string
      gpus: string | null
      /** JSON text of the run's config. */
      configText: string
      argv: readonly string[]
    })
  /** The sweep's metric came: at most one of these per run and second. */
  | (EventOfRun & { event: 'run.metric'; name: string; value: number | string; step: number })
  /** Exit 0. */
  | (EndOfRun & { event: 'run.finished' })
  /** Any other exit, or it could not be started. */
  | (EndOfRun & { event: 'run.failed' })
  /** Early stopping. */
  | (EndOfRun & { event: 'run.stopped' })
  /** By a person. */
  | (EndOfRun & { event: 'run.cancelled' })
  /** Handed back. */
  | (EndOfRun & { event: 'run.preempted' })
  /** The attempt is not this agent's any more: its process was ended, nothing more is reported of it. */
  | (EventOfRun & { event: 'run.disowned'; verdict: 'unknown' | 'superseded' })
  /** A job was not taken: the agent leaves, or its disk is full. The run goes elsewhere. */
  | (EventOfRun & { event: 'run.refused'; reason: string })
  /** Something a person may want to know; `code` is stable. */
  | { event: 'agent.notice'; code: string; text: string; runId?: string; attempt?: number }
  /** Runs keep failing here and not elsewhere: it leaves, with exit code 20. `reason` compares, in sentences. */
  | { event: 'agent.gave_up'; reason: string }
  /** Takes no more work. `next` says what one more Ctrl-C does; null when that is not how it came about. */
  | { event: 'agent.draining'; reason: string; heldCount: number; next: string | null }
  /** Ends what it holds: `hand back` with SIGTERM, `kill` with SIGKILL. */
  | { event: 'agent.ending'; how: 'hand back' | 'kill'; heldCount: number; next: string | null }
  /** The last event. `unstoredCount`: reports that go out when this folder's next agent starts. */
  | { event: 'agent.left'; exitCode: number; unstoredCount: number }

/** An event with the time it happened, ISO 8601 UTC. */
export type AgentEvent = EventFacts & { readonly time: string }

/** Reports an event; the time is added. */
export type EmitEvent = (facts: EventFacts) => void

export function createEmitter(onEvent: (event: AgentEvent) => void, now: () => number): EmitEvent {
  return (facts) => onEvent({ ...facts, time: new Date(now()).toISOString() })
}
