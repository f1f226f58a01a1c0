// Waiting for conditions with a deadline: the only way tests wait for something in another process.

export interface WaitOptions {
  /** @default 10_000 */
  readonly timeoutMs?: number
  /** Between two looks. @default 25 */
  readonly intervalMs?: number
  /** Added to the message when the deadline passes, e.g. the last lines of a log. */
  readonly details?: () => string
}

/**
 * Looks until `probe` gives something other than undefined, null or false, and resolves with it.
 * @param what for the message, e.g. `the controller is ready`
 * @throws Error naming `what` when the deadline passes; whatever `probe` throws, at once
 */
export async function waitFor<T>(
  what: string,
  probe: () => T | Promise<T>,
  options: WaitOptions = {},
): Promise<Exclude<T, undefined | null | false>> {
  const timeoutMs = options.timeoutMs ?? 10_000
  const deadline = performance.now() + timeoutMs
  for (;;) {
    const found = await probe()
    // The cast follows the three comparisons, which the compiler does not carry over to a type parameter.
    if (found !== undefined && found !== null && found !== false)
      return found as Exclude<T, undefined | null | false>
    if (performance.now() >= deadline) {
      throw new Error(`not within ${timeoutMs} ms: ${what}${options.details ? `\n${options.details()}` : ''}`)
    }
    await pause(options.intervalMs ?? 25)
  }
}

/** For plans that act at given times; tests wait for conditions instead. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
