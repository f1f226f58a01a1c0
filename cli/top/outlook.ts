// What the server makes of a sweep as a whole (GET /sweeps/REF/outlook, .../importance), as far as `sweep top` shows it.
// An older server has neither, and then the screen does without.
import { SweepError } from '../../sweeps/errors.ts'
import { refPath } from '../api-client.ts'
import type { ApiClient } from '../api-client.ts'

/** The members of OutlookResponse that are shown; each may be missing. */
export interface Outlook {
  readonly runsInAll: number | null
  readonly runsPerHour: number | null
  readonly eta: { readonly lowMs: number; readonly medianMs: number; readonly highMs: number } | null
  readonly slots: { readonly alive: number; readonly busy: number } | null
  readonly hours: { readonly spent: number; readonly toGo: number | null; readonly unit: string } | null
  readonly chance: { readonly probability: number; readonly runs: number } | null
  readonly noiseText: string | null
  /** When it was computed, by this machine's clock: the time left counts from here. */
  readonly readAtMs: number
}

/** null: this server does not tell. @throws SweepError when it could not be asked */
export async function fetchOutlook(api: ApiClient, id: string, now: () => number): Promise<Outlook | null> {
  const answer = await askIfKnown(api, refPath('sweeps', id, '/outlook'))
  if (answer === null) return null
  const chance = memberOf(answer, 'chance')
  const probability = numberIn(chance, 'probability')
  const slots = memberOf(answer, 'slots')
  const hours = memberOf(answer, 'hours')
  const noise = memberOf(answer, 'noise')?.['text']
  return {
    runsInAll: numberIn(answer, 'runsInAll'),
    runsPerHour: numberIn(answer, 'runsPerHour'),
    eta: etaIn(memberOf(answer, 'eta')),
    slots: slots && { alive: numberIn(slots, 'alive') ?? 0, busy: numberIn(slots, 'busy') ?? 0 },
    hours: hours && {
      spent: numberIn(hours, 'spent') ?? 0,
      toGo: numberIn(hours, 'toGo'),
      unit: hours['unit'] === 'gpu' ? 'GPU-h' : 'slot-h',
    },
    chance: probability === null ? null : { probability, runs: numberIn(chance, 'runs') ?? 50 },
    noiseText: typeof noise === 'string' ? noise : null,
    readAtMs: now(),
  }
}

function etaIn(eta: Members | null): Outlook['eta'] {
  const lowMs = numberIn(eta, 'lowMs')
  const medianMs = numberIn(eta, 'medianMs')
  const highMs = numberIn(eta, 'highMs')
  return lowMs === null || medianMs === null || highMs === null ? null : { lowMs, medianMs, highMs }
}

/** Names of the parameters, the most important first; none when this server does not tell, or cannot yet. */
export async function fetchImportance(api: ApiClient, id: string): Promise<string[]> {
  const answer = await askIfKnown(api, refPath('sweeps', id, '/importance'))
  const found = answer?.['parameters']
  if (!Array.isArray(found)) return []
  return found
    .flatMap((entry: unknown) => {
      if (typeof entry !== 'object' || entry === null) return []
      const { name, importance } = entry as { name?: unknown; importance?: unknown } // checked on the next line
      return typeof name === 'string' && typeof importance === 'number' ? [{ name, importance }] : []
    })
    .sort((a, b) => b.importance - a.importance)
    .map(({ name }) => name)
}

type Members = Readonly<Record<string, unknown>>

const UNKNOWN_THERE: ReadonlySet<string> = new Set(['NOT_FOUND', 'SERVER_UNREACHABLE', 'REQUEST_INVALID'])

async function askIfKnown(api: ApiClient, path: string): Promise<Members | null> {
  try {
    return JSON.parse(await api.get(path)) as Members // readBody has seen that it is an object
  } catch (error) {
    if (error instanceof SweepError && UNKNOWN_THERE.has(error.code)) return null
    throw error
  }
}

function memberOf(members: Members | null, name: string): Members | null {
  const member = members?.[name]
  return typeof member === 'object' && member !== null ? (member as Members) : null
}

function numberIn(members: Members | null, name: string): number | null {
  const member = members?.[name]
  return typeof member === 'number' ? member : null
}
