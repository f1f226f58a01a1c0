// The dashboard stays small: what the overview loads, and all of it, gzipped. The failure names the largest files.
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import {
  ALL_MAX_BYTES,
  FIRST_SCREEN_MAX_BYTES,
  readBundleSizes,
  sumBytes,
  type BundleFile,
} from '../../bench/bundle-sizes.ts'

const sizes = readBundleSizes(fileURLToPath(new URL('../../dist/web', import.meta.url)))
const largest = (files: readonly BundleFile[]) =>
  files
    .slice(0, 6)
    .map(({ name, bytes }) => `${name} ${bytes}`)
    .join(', ')

it.each([
  ['the overview', sizes.firstScreen, FIRST_SCREEN_MAX_BYTES],
  ['all screens', sizes.all, ALL_MAX_BYTES],
])('keeps %s within the budget', (_, files, maxBytes) => {
  expect(sumBytes(files), `largest: ${largest(files)}`).toBeLessThanOrEqual(maxBytes)
})

it('loads the overview without ECharts, in few files', () => {
  expect(sizes.firstScreen.map(({ bytes }) => bytes).filter((bytes) => bytes > 160_000)).toEqual([])
  expect(sizes.firstScreen.length).toBeGreaterThanOrEqual(3)
  expect(sizes.firstScreen.length).toBeLessThanOrEqual(6)
})
