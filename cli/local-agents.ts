// Agents in this process, and the signals that end them: Ctrl-C once drains, twice hands back, three times kills;
// SIGTERM and SIGHUP hand back at once. Shared by `sweep agent` and `sweep run`.
/** What agent/main.ts's startAgent returns. */
export interface AgentHandle {
  readonly agentId: string
  readonly slots: number
  /** The exit code. */
  readonly done: Promise<number>
  /** First: take no more; second: hand back; third: kill. */
  interrupt(): void
  terminate(): void
}

/**
 * Passes signals on to agents until the process ends: one that comes while it ends must not kill it half-way.
 * `agents` is read at each signal, so that later ones are included.
 * @param onPress told of each Ctrl-C, with their number
 */
export function passSignalsTo(
  agents: () => readonly Pick<AgentHandle, 'interrupt' | 'terminate'>[],
  onPress: (pressed: number) => void,
  onTerminate: () => void = () => {},
): void {
  let pressed = 0
  const interrupt = () => {
    pressed++
    onPress(pressed)
    for (const agent of agents()) agent.interrupt()
  }
  const terminate = () => {
    onTerminate()
    for (const agent of agents()) agent.terminate()
  }
  process.on('SIGINT', interrupt)
  process.on('SIGTERM', terminate)
  process.on('SIGHUP', terminate)
}

/** Without the members that are undefined. */
export function definedOnly<T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  // Object.entries forgets which member has which type.
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as never
}

/** With REDIS_URL an agent connects there directly. */
export function redisAddress(env: Readonly<Record<string, string | undefined>>): { redisUrl?: string } {
  const url = env['REDIS_URL']
  return url ? { redisUrl: url } : {}
}
