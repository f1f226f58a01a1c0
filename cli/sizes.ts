// Sizes of files as people write them: `5GiB`, `500MB`, `1048576`.
import { SweepError } from '../sweeps/errors.ts'

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
}

/** @returns bytes; undefined for an unset or empty one @throws SweepError USAGE naming where it stands */
export function parseSize(text: string | undefined, where: string): number | undefined {
  if (text === undefined || text === '') return undefined
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?) *([a-z]*)$/i.exec(text.trim()) ?? []
  const factor = UNITS[unit.toLowerCase()]
  const bytes = Math.floor(Number(number) * (factor ?? NaN))
  if (Number.isSafeInteger(bytes) && bytes > 0) return bytes
  throw new SweepError('USAGE', `${where}: "${text}" is not a size`, { hint: 'Write it as 5GiB or 500MB.' })
}
