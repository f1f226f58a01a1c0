// Lists of a parameter's values: written out, or as start, step and count where they may be too long for that. Also
// the arithmetic that keeps 3 * 0.1 the number that is written 0.3.
import { ConfigNumber, identityOf } from './config-text.ts'
import type { ConfigValue } from './config-text.ts'

/** A list of different values that may be too long to be written out. */
export interface FiniteValues {
  readonly count: number
  valueAt(index: number): ConfigValue
  /** -1 when it is none of them; a float equal to an integer counts as that integer. */
  indexOf(value: ConfigValue): number
}

/** Equal values collapse at the first one's place and are given as the last one writes them (W&B's rule). */
export function listedValues(values: readonly ConfigValue[]): FiniteValues {
  const different = new Map<string, ConfigValue>()
  for (const value of values) different.set(identityOf(value), value)
  const list = [...different.values()]
  const indexes = new Map([...different.keys()].map((identity, index) => [identity, index]))
  return {
    count: list.length,
    valueAt: (index) => list[index] ?? null,
    indexOf: (value) => indexes.get(identityOf(value)) ?? -1,
  }
}

/** count values from `start`, `step` apart. */
export function steppedValues(start: number, step: number, count: number, isInteger: boolean): FiniteValues {
  const at = (index: number): number => positiveZero(decimalSum(start, step, index))
  return {
    count,
    valueAt: (index) => (isInteger ? ConfigNumber.int(at(index)) : ConfigNumber.float(at(index))),
    indexOf: (value) => {
      if (!(value instanceof ConfigNumber)) return -1
      const index = Math.round((value.value - start) / step)
      const isOne = index >= 0 && index < count && nearlyEqual(at(index), value.value)
      return isOne ? index : -1
    },
  }
}

/** 1e-12: a value of W&B's arithmetic (0.30000000000000004) is the same cell as ours (0.3). */
function nearlyEqual(a: number, b: number): boolean {
  return a === b || Math.abs(a - b) <= 1e-12 * Math.max(Math.abs(a), Math.abs(b))
}

/** start + k * step as their decimal writings say: 0 + 3 * 0.1 is 0.3. */
export function decimalSum(start: number, step: number, k: number): number {
  if (Number.isInteger(start) && Number.isInteger(step)) return start + k * step
  const [startDigits, startPlaces] = decimalParts(start)
  const [stepDigits, stepPlaces] = decimalParts(step)
  const places = Math.max(startPlaces, stepPlaces)
  const scaled = startDigits * 10 ** (places - startPlaces) + k * stepDigits * 10 ** (places - stepPlaces)
  return Number.isSafeInteger(scaled) ? Number(`${scaled}e${-places}`) : start + k * step
}

/** x = digits * 10^-places. */
function decimalParts(x: number): readonly [digits: number, places: number] {
  const [mantissa = '0', exponent = '0'] = x.toExponential().split('e')
  const decimals = mantissa.split('.')[1]?.length ?? 0
  const places = Math.max(decimals - Number(exponent), 0)
  return [Number(`${x}e${places}`), places]
}

/** -0 becomes 0. */
export function positiveZero(value: number): number {
  return value === 0 ? 0 : value
}
