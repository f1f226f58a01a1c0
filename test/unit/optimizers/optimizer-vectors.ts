// Reads the reference numbers of test/vectors/optimizer.
import { readFileSync } from 'node:fs'

/** @typeParam T what the file holds, as its description says */
export function readOptimizerVectors<T>(name: string): T {
  const url = new URL(`../../vectors/optimizer/${name}`, import.meta.url)
  return JSON.parse(readFileSync(url, 'utf8')) as T
}

/** |a - b| / max(|b|, tiny), 0 where both are the same, infinities included. */
export function relativeError(actual: number, wanted: number): number {
  if (Object.is(actual, wanted) || actual === wanted) return 0
  return Math.abs(actual - wanted) / Math.max(Math.abs(wanted), Number.MIN_VALUE)
}
