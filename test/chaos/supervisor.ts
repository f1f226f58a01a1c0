// Keeps the controller and the agents of a kill test running, as systemd or a cluster's scheduler would: what was
// killed comes back after the planned time, what ended by itself comes back too and is remembered as a finding.
import type { Cluster } from '../support/cluster.ts'
import type { ProcessExit, TestProcess } from '../support/processes.ts'
import { waitFor } from '../support/wait.ts'
import type { Violation } from './checker.ts'

export interface Supervisor {
  /** Of several the one that leads. @returns what was killed, or null when it is down just now, or none leads */
  killController(restartAfterMs: number): Promise<string | null>
  /** As killController; takes the next living agent when that one has left because the work is done. */
  killAgent(index: number, restartAfterMs: number): string | null
  /** After the sweep has ended: waits until a controller is ready and every agent has left by itself. */
  settle(): Promise<void>
  /** Starts nothing any more. */
  stop(): void
  unexpectedExits(): ReadonlyMap<string, number>
  violations(): readonly Violation[]
}

export interface SupervisorOptions {
  readonly cluster: Pick<
    Cluster,
    'controller' | 'servers' | 'startController' | 'startAgent' | 'waitUntilReady'
  >
  readonly sweepId: string
  readonly agents: number
  /** Between an exit that no kill explains and the next start. @default 1000 */
  readonly restartAfterOwnExitMs?: number
}

/** An agent's exit code when the server cannot be reached: a supervisor simply starts it again. */
const SERVER_NOT_REACHABLE = 5

interface Ward {
  readonly name: string
  child: TestProcess
  /** Set by a kill: when to start it again. */
  restartAfterMs: number | null
  /** It ended with 0 by itself: the work is done. */
  hasLeft: boolean
}

export function createSupervisor(options: SupervisorOptions): Supervisor {
  const { cluster, sweepId, agents, restartAfterOwnExitMs = 1000 } = options
  let isStopped = false
  const exits = new Map<string, number>()
  const findings: Violation[] = []

  function watch(ward: Ward, start: () => TestProcess): Ward {
    void ward.child.exited.then((exit) => {
      if (isStopped) return
      const wasKilled = ward.restartAfterMs !== null
      if (!wasKilled) noteExit(ward, exit)
      if (ward.hasLeft) return
      const delayMs = ward.restartAfterMs ?? restartAfterOwnExitMs
      ward.restartAfterMs = null
      setTimeout(() => {
        if (isStopped) return
        ward.child = start()
        watch(ward, start)
      }, delayMs)
    })
    return ward
  }

  function noteExit(ward: Ward, exit: ProcessExit): void {
    if (!isController(ward) && exit.code === 0) {
      ward.hasLeft = true
      return
    }
    const key = `${ward.name.replace(/ \d+$/, '')} ${exit.code ?? exit.signal}`
    exits.set(key, (exits.get(key) ?? 0) + 1)
    if (!isController(ward) && exit.code === SERVER_NOT_REACHABLE) return
    const words = ward.child.stderr().trim().split('\n').slice(-3).join(' | ')
    const message = `${ward.name} ended by itself with ${exit.code ?? exit.signal}: ${words}`
    findings.push({ invariant: 'I11', runId: null, message })
  }

  const controllerWards = cluster.servers.map((_, index) =>
    watch(
      {
        name: cluster.servers.length === 1 ? 'controller' : `controller ${index}`,
        child: cluster.controller(index),
        restartAfterMs: null,
        hasLeft: false,
      },
      () => cluster.startController(index),
    ),
  )
  const agentWards = Array.from({ length: agents }, (_, index) => {
    const controller = index % cluster.servers.length
    const start = () => cluster.startAgent({ name: `agent${index}`, sweepIds: [sweepId], controller })
    return watch({ name: `agent ${index}`, child: start(), restartAfterMs: null, hasLeft: false }, start)
  })

  function kill(ward: Ward, restartAfterMs: number): string | null {
    if (ward.child.exit() !== null || ward.restartAfterMs !== null) return null
    ward.restartAfterMs = restartAfterMs
    ward.child.signal('SIGKILL')
    return ward.name
  }

  async function findLeader(): Promise<Ward | undefined> {
    if (controllerWards.length === 1) return controllerWards[0]
    for (const [index, server] of cluster.servers.entries()) {
      const answer = await fetch(`${server}/readyz`, { signal: AbortSignal.timeout(1000) })
        .then((response) => response.json() as Promise<{ leader?: boolean }>)
        .catch(() => ({ leader: false })) // it is down just now
      if (answer.leader === true) return controllerWards[index]
    }
    return undefined
  }

  return {
    async killController(restartAfterMs) {
      const ward = await findLeader()
      return ward === undefined ? null : kill(ward, restartAfterMs)
    },
    killAgent(index, restartAfterMs) {
      const inOrder = [...agentWards.slice(index), ...agentWards.slice(0, index)]
      const ward = inOrder.find((candidate) => !candidate.hasLeft)
      return ward ? kill(ward, restartAfterMs) : null
    },
    async settle() {
      await waitFor(
        'every controller is back',
        () => controllerWards.every((ward) => ward.child.exit() === null && ward.restartAfterMs === null),
        {
          timeoutMs: 15_000,
        },
      )
      await cluster.waitUntilReady()
      await waitFor(
        'every agent leaves once the sweep is finished',
        () => agentWards.every((ward) => ward.hasLeft),
        {
          timeoutMs: 60_000,
        },
      ).catch((error: unknown) => {
        const staying = agentWards.filter((ward) => !ward.hasLeft).map((ward) => ward.name)
        findings.push({
          invariant: 'I11',
          runId: null,
          message: `${String(error)}: ${staying.join(', ')} stayed`,
        })
      })
      isStopped = true
    },
    stop: () => void (isStopped = true),
    unexpectedExits: () => exits,
    violations: () => findings,
  }
}

function isController(ward: Ward): boolean {
  return ward.name.startsWith('controller')
}
