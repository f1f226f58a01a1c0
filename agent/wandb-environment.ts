// What W&B's client in a training is told, so that an unchanged script reports to the agent's controller: where it is,
// and the key of this attempt. A person who has sent the client elsewhere keeps that.
import { LastMetricResponse } from '../sweeps/protocol.ts'
import { formatRunKey } from '../sweeps/run-key.ts'
import type { RunKey } from '../sweeps/run-key.ts'

const REQUEST_TIMEOUT_MS = 10_000

type Environment = Readonly<Record<string, string | undefined>>

/** There is one entity, and the controller takes any name for it. */
const ENTITY = 'sweep'

/** Seconds between two posts of the client, 15 by its own choice: too seldom for early termination. */
const TRANSMIT_SECONDS = '2'

/**
 * Why the client of this agent's trainings does not report to us: what a person has set in the agent's environment.
 * null: nothing stands in the way.
 * @param server the controller's address as this agent reaches it
 */
export function findOtherWandbChoice(inherited: Environment, server: string): string | null {
  const mode = inherited['WANDB_MODE']?.toLowerCase() ?? ''
  if (['offline', 'disabled', 'dryrun'].includes(mode)) return `WANDB_MODE=${mode}`
  const address = inherited['WANDB_BASE_URL'] ?? ''
  return address === '' || isSameServer(address, server) ? null : `WANDB_BASE_URL=${withoutUser(address)}`
}

export interface WandbEnvironmentOptions {
  /** The agent's own environment. */
  readonly inherited: Environment
  /** The controller's address as this agent reaches it. */
  readonly server: string
  readonly job: {
    readonly runId: string
    readonly attempt: number
    readonly token: string
    readonly project: string
  }
}

/** Variables beside those that name the run and its parameters (sweeps/command-line.ts); none where a person chose. */
export function buildWandbEnvironment({
  inherited,
  server,
  job,
}: WandbEnvironmentOptions): Record<string, string> {
  if (findOtherWandbChoice(inherited, server) !== null) return {}
  const { runId, attempt, token, project } = job // checked where jobs come in
  return {
    WANDB_BASE_URL: withoutSlash(server),
    WANDB_API_KEY: formatRunKey({ runId: runId as RunKey['runId'], attempt, token }),
    WANDB_PROJECT: project,
    WANDB_ENTITY: inherited['WANDB_ENTITY'] || ENTITY,
    WANDB_X_FILE_STREAM_TRANSMIT_INTERVAL:
      inherited['WANDB_X_FILE_STREAM_TRANSMIT_INTERVAL'] || TRANSMIT_SECONDS,
  }
}

/**
 * How long ago this attempt's last metric came to the controller by W&B's client, which tells the agent nothing of it;
 * null: none came that way, or the controller is too old to tell.
 * @throws Error when the controller does not answer now
 */
export async function askSilenceOfWandb(
  { server, job }: Pick<WandbEnvironmentOptions, 'server' | 'job'>,
  now: () => number,
): Promise<number | null> {
  const { runId, attempt, token } = job
  const key = formatRunKey({ runId: runId as RunKey['runId'], attempt, token })
  const response = await fetch(`${withoutSlash(server)}/api/v1/agent/last-metric`, {
    headers: { authorization: `Bearer ${key}` },
    signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
  })
  if (response.status >= 500) throw new Error(`the controller answered ${response.status}`)
  const { data } = LastMetricResponse.safeParse(await response.json())
  return data === undefined || data.lastMetricAt === null ? null : Math.max(0, now() - data.lastMetricAt)
}

function withoutSlash(address: string): string {
  return address.replace(/\/+$/, '')
}

/** It is shown: a password in it is not. */
function withoutUser(address: string): string {
  return address.replace(/^([a-z]+:\/\/)[^/@]*@/i, '$1')
}

function isSameServer(one: string, other: string): boolean {
  const normalise = (address: string): string => {
    if (!URL.canParse(address)) return address
    const url = new URL(address)
    if (['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)) url.hostname = 'localhost'
    return withoutSlash(`${url.origin}${url.pathname}`)
  }
  return normalise(one) === normalise(other)
}
