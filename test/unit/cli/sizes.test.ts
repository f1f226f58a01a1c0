import { expect, it } from 'vitest'
import { parseSize } from '../../../cli/sizes.ts'

it.each([
  ['1048576', 1_048_576],
  ['5GiB', 5 * 2 ** 30],
  ['500MB', 500_000_000],
  ['1.5 kib', 1536],
  ['', undefined],
  [undefined, undefined],
])('%j is %s bytes', (text, bytes) => {
  expect(parseSize(text, 'SWEEP_MAX_FILE_SIZE')).toBe(bytes)
})

it.each(['0', '-1', '5 gigs', 'GiB', '1e9', '9999999TiB'])(
  '%j is refused with the name of the setting',
  (text) => {
    expect(() => parseSize(text, 'SWEEP_MAX_FILE_SIZE')).toThrow(/SWEEP_MAX_FILE_SIZE: .* is not a size/)
  },
)
