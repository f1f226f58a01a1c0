// Every sweep file that a reader of the repository may try is valid, without a warning, and names a script that exists.
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { parseSweepFile, problemsBeforeRunning } from '../../../sweeps/config.ts'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))

const exampleFiles = readdirSync(join(ROOT, 'examples'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => `examples/${entry.name}/sweep.yaml`)

test.each(exampleFiles)('%s can be run from the root of the repository, or from its folder', (path) => {
  const { config, warnings } = parseSweepFile(readFileSync(join(ROOT, path), 'utf8'))
  expect(warnings).toEqual([])
  expect(problemsBeforeRunning(config)).toEqual([])
  const program = config.program ?? ''
  expect(existsSync(join(ROOT, program)) || existsSync(join(ROOT, dirname(path), program))).toBe(true)
})

test('has an example for grid and one for random search', () => {
  const methods = exampleFiles.map(
    (path) => /^method: (\w+)$/m.exec(readFileSync(join(ROOT, path), 'utf8'))?.[1],
  )
  expect(methods).toEqual(expect.arrayContaining(['grid', 'random']))
})

test('the sweep file in the README is valid', () => {
  const [, text = ''] = /```yaml\n([\s\S]*?)```/.exec(readFileSync(join(ROOT, 'README.md'), 'utf8')) ?? []
  expect(text).toContain('method: bayes')
  expect(parseSweepFile(text).warnings).toEqual([])
})
