// What the `early_terminate` block of a checked sweep file says, with its defaults. How the block is checked is in
// config-stopping.ts, what the rules do with it in early-stopping.ts.

export const STOPPING_TYPES = ['hyperband', 'asha', 'median', 'curve'] as const
export type StoppingType = (typeof STOPPING_TYPES)[number]

/** What counts as a run's progress. */
export const STOPPING_RESOURCES = ['report', 'step', 'epoch', 'time'] as const
export type StoppingResource = (typeof STOPPING_RESOURCES)[number]

export interface StoppingSettings {
  readonly type: StoppingType
  /** `time` is in seconds of training. @default 'report' */
  readonly resource: StoppingResource
  /** So many reports of NaN in a row end a run. @default 10 */
  readonly nanPatience: number
  /** Share of the condemned runs that live on as controls, in [0, 1]. @default 0 */
  readonly audit: number
  /** The keys of the rule itself, as written: the rule reads them. */
  readonly keys: Readonly<Record<string, unknown>>
}

/** @param block readEarlyTerminate's answer (config-stopping.ts) */
export function stoppingSettings(block: Readonly<Record<string, unknown>>): StoppingSettings {
  return {
    type: STOPPING_TYPES.find((type) => type === block['type']) ?? 'hyperband',
    resource: STOPPING_RESOURCES.find((resource) => resource === block['resource']) ?? 'report',
    nanPatience: numberKey(block, 'nan_patience', 10),
    audit: shareOf(block['audit']),
    keys: block,
  }
}

/** A number of the block, or the default of that key. */
export function numberKey(
  block: Readonly<Record<string, unknown>>,
  key: string,
  defaultValue: number,
): number {
  const value = block[key]
  return typeof value === 'number' && Number.isFinite(value) ? value : defaultValue
}

/** `5%` and 0.05 are the same. */
function shareOf(value: unknown): number {
  if (typeof value === 'number') return value
  if (typeof value !== 'string') return 0
  const share = value.endsWith('%') ? Number(value.slice(0, -1)) / 100 : Number(value)
  return Number.isFinite(share) ? share : 0
}
