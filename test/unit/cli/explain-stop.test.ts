import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { cli } from './cli-world.ts'

let cwd: string
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'sweep-explain-'))
})
afterEach(() => rmSync(cwd, { recursive: true }))

const FILE = (rule: string) =>
  `program: train.py\nmethod: random\nmetric: {name: acc, goal: maximize}\nparameters: {lr: {min: 0.1, max: 1.0}}\n${rule}\n`
const run = (name: string, state: string, values: readonly number[]) =>
  JSON.stringify({ name, state, history: values.map((acc) => ({ acc })) })
const RUNS = [
  run('a', 'running', [0.1, 0.2]),
  run('b', 'finished', [0.5, 0.6]),
  run('c', 'running', [0.7, 0.9]),
]

async function explain(rule: string, ...words: string[]) {
  writeFileSync(join(cwd, 'sweep.yaml'), FILE(rule))
  writeFileSync(join(cwd, 'runs.jsonl'), `${RUNS.join('\n')}\n`)
  return cli(['explain-stop', 'sweep.yaml', ...words], { cwd })
}

it('answers programs in the metric’s own sign', async () => {
  const rule = 'early_terminate: {type: hyperband, min_iter: 2, eta: 3}'
  const { code, stdout } = await explain(rule, '--runs', 'runs.jsonl', '--json')
  expect(code).toBe(0)
  expect(JSON.parse(stdout)).toEqual({
    schema: 'sweep.explain-stop/1',
    bands: [2, 6, 18, 54, 162, 486, 1458, 4374, 13122, 39366],
    thresholds: [{ band: 2, threshold: 0.6 }],
    stopped: ['a'],
    decisions: [
      {
        ...{ run: 'a', band: 2, value: 0.2, threshold: 0.6, rank: 3, of: 3, stop: true },
        reason: 'report 2: 0.2, cut 0.6, rank 3/3: stop',
      },
      {
        ...{ run: 'c', band: 2, value: 0.9, threshold: 0.6, rank: 1, of: 3, stop: false },
        reason: 'report 2: 0.9, cut 0.6, rank 1/3: keep',
      },
    ],
  })
})

it('answers people, and reads runs from standard input', async () => {
  writeFileSync(join(cwd, 'sweep.yaml'), FILE('early_terminate: {type: median, grace_steps: 2, min_runs: 2}'))
  const words = ['explain-stop', 'sweep.yaml', '--runs', '-']
  const { code, stdout } = await cli(words, { cwd, stdin: RUNS.join('\n') })
  expect(code).toBe(0)
  expect(stdout).toContain('checks at 2, 6, 18')
  expect(stdout).toMatch(/a +stop +report 2: 0\.2, cut 0\.675, rank 3\/3: stop/)
  expect(stdout).toContain('1 run of 2 running would be stopped.')
})

it.each([
  ['', ['--runs', 'runs.jsonl'], 6, 'the file has no early_terminate'],
  ['early_terminate: {type: hyperband, max_iter: 9}', ['--runs', 'runs.jsonl'], 6, '"s" is missing'],
  ['early_terminate: {type: hyperband, min_iter: 3}', [], 2, 'no runs are given'],
])('says what is wrong: %j %j', async (rule, words, code, message) => {
  const answer = await explain(rule, ...words)
  expect([answer.code, answer.stdout]).toEqual([code, ''])
  expect(answer.stderr).toContain(message)
})
