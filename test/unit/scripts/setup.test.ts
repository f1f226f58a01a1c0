// The decisions of scripts/setup.mjs on invented folders: what counts as installed and as built. That it installs and
// builds is shown by `.ci/run` in a fresh clone.
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

/** Plain JavaScript, without types of its own: it runs before anything is installed. */
interface SetupModule {
  requireNode(version: string): void
  packagesAreInstalled(root: string): boolean
  buildIsFresh(root: string): boolean
}
const setupPath = new URL('../../../scripts/setup.mjs', import.meta.url).href
const setup = (await import(setupPath)) as SetupModule

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sweep-setup-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

function write(path: string, text = ''): string {
  const full = join(root, path)
  mkdirSync(dirname(full), { recursive: true })
  writeFileSync(full, text)
  return full
}

describe('requireNode', () => {
  test.each(['20.19.0', '20.20.2', '22.0.0', '24.1.0'])('takes %s', (version) => {
    expect(() => setup.requireNode(version)).not.toThrow()
  })
  test.each(['18.20.4', '20.18.9', '12.0.0'])(
    'refuses %s and names the version that is needed',
    (version) => {
      expect(() => setup.requireNode(version)).toThrow('20.19 or newer')
    },
  )
})

describe('packagesAreInstalled', () => {
  const lock = (packages: Record<string, object>) => JSON.stringify({ packages: { '': {}, ...packages } })

  test('is false without node_modules', () => {
    write('package-lock.json', lock({}))
    expect(setup.packagesAreInstalled(root)).toBe(false)
  })

  test('is true when every package is there in the wanted version; those of other platforms may be missing', () => {
    const zod = { 'node_modules/zod': { version: '4.6.7' } }
    write(
      'package-lock.json',
      lock({ ...zod, 'node_modules/other-os': { version: '1.0.0', optional: true } }),
    )
    write('node_modules/.package-lock.json', lock(zod))
    write('node_modules/zod/package.json')
    expect(setup.packagesAreInstalled(root)).toBe(true)
  })

  test.each([
    ['another version', { 'node_modules/zod': { version: '4.6.6' } }, true],
    ['a package that is missing', {}, true],
    ['a folder that was deleted', { 'node_modules/zod': { version: '4.6.7' } }, false],
  ])('is false with %s', (_what, installed, folderExists) => {
    write('package-lock.json', lock({ 'node_modules/zod': { version: '4.6.7' } }))
    write('node_modules/.package-lock.json', lock(installed))
    if (folderExists) write('node_modules/zod/package.json')
    expect(setup.packagesAreInstalled(root)).toBe(false)
  })
})

describe('buildIsFresh', () => {
  const BUILT_AT = 1_700_000_000
  const writeAt = (path: string, seconds: number, text = '') =>
    utimesSync(write(path, text), seconds, seconds)
  const setFolderTime = (path: string, seconds: number) => utimesSync(join(root, path), seconds, seconds)

  beforeEach(() => {
    for (const name of [
      'tsconfig.json',
      'tsconfig.build.json',
      'package-lock.json',
      'cli/main.ts',
      'cli/commands/ls.ts',
    ])
      writeAt(name, BUILT_AT - 60)
    write('dist/cli/main.js')
    write('dist/.built', new Date(BUILT_AT * 1000).toISOString())
    setFolderTime('cli/commands', BUILT_AT - 60)
    setFolderTime('cli', BUILT_AT - 60)
  })

  test('is true when every source is older than the build', () => expect(setup.buildIsFresh(root)).toBe(true))

  test.each([
    ['a source was edited', () => writeAt('cli/commands/ls.ts', BUILT_AT + 1)],
    ['a source was deleted', () => setFolderTime('cli/commands', BUILT_AT + 1)],
    ['the packages changed', () => writeAt('package-lock.json', BUILT_AT + 1)],
    ['dist is gone', () => rmSync(join(root, 'dist'), { recursive: true })],
    ['the last build did not go through', () => rmSync(join(root, 'dist/.built'))],
  ])('is false when %s', (_what, change) => {
    change()
    expect(setup.buildIsFresh(root)).toBe(false)
  })
})
