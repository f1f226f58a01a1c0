// Follows a ledger while it grows: what is at work just now, and what has ended. Reads only what is new each time.
import { closeSync, openSync, readSync } from 'node:fs'
import { parseLedger } from './ledger.ts'
import type { LedgerLine } from './ledger.ts'

export type StartLine = LedgerLine & { readonly event: 'start' }

export interface LedgerFollower {
  /** Reads on. */
  look(): void
  /** Attempts that have started and neither ended nor been followed by another, oldest first. @param agent @default all */
  open(agent?: string): StartLine[]
  /** It has written its end, or a later attempt of its run has started. */
  isSettled(start: StartLine): boolean
  /** How many trainings have started. @param agent @default all */
  startCount(agent?: string): number
}

export function followLedger(path: string): LedgerFollower {
  let offset = 0
  let rest = ''
  const openStarts = new Map<string, StartLine>()
  const counts = new Map<string, number>()
  let count = 0
  const buffer = Buffer.alloc(64 * 1024)

  function take(line: LedgerLine): void {
    if (line.event === 'end') {
      if (openStarts.get(line.runId)?.attempt === line.attempt) openStarts.delete(line.runId)
    } else if (line.event === 'start') {
      count += 1
      counts.set(line.agent ?? '', (counts.get(line.agent ?? '') ?? 0) + 1)
      openStarts.set(line.runId, line)
    }
  }

  return {
    look() {
      let file: number
      try {
        file = openSync(path, 'r')
      } catch {
        return // nothing has started yet
      }
      try {
        for (;;) {
          const length = readSync(file, buffer, 0, buffer.length, offset)
          if (length === 0) break
          offset += length
          rest += buffer.toString('utf8', 0, length)
        }
      } finally {
        closeSync(file)
      }
      const end = rest.lastIndexOf('\n') + 1
      for (const line of parseLedger(rest.slice(0, end)).lines) take(line)
      rest = rest.slice(end)
    },
    open: (agent) => [...openStarts.values()].filter((start) => agent === undefined || start.agent === agent),
    isSettled(start) {
      const open = openStarts.get(start.runId)
      return open === undefined || open.attempt !== start.attempt
    },
    startCount: (agent) => (agent === undefined ? count : (counts.get(agent) ?? 0)),
  }
}
