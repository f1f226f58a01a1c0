import { expect, it } from 'vitest'
import { parseDuration } from '../../../runtime/duration.ts'

it.each([
  ['180s', 180_000],
  ['90m', 5_400_000],
  ['4h', 14_400_000],
  ['1h30m', 5_400_000],
  ['250ms', 250],
  ['1.5s', 1500],
  [' 2d ', 172_800_000],
])('reads %s as %i ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms)
})

it.each(['', '5', 's', '-5s', '5 s', '5x', '5s5', '1e3s', '999999999999d'])('does not take "%s"', (text) => {
  expect(parseDuration(text)).toBeNull()
})
