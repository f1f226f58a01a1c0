// The Python client: its own tests (clients/python/tests), each as a test here, and its lines held against the reader
// of the agent.
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MetricRows } from '../../agent/report-sources/metric-rows.ts'
import type { Notice } from '../../agent/report-sources/metric-rows.ts'
import { parseReportJson } from '../../agent/report-sources/report-json.ts'
import { MetricRow } from '../../sweeps/protocol.ts'
import { repositoryRoot } from '../support/cluster.ts'

const CLIENT_FOLDER = join(repositoryRoot, 'clients', 'python')
const PYTHON_ENV = { PATH: process.env['PATH'] ?? '/usr/bin:/bin', PYTHONDONTWRITEBYTECODE: '1' }

interface Outcome {
  readonly id: string
  readonly outcome: string
  readonly text: string
}

const parseLines = <T>(text: string): T[] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as T)

describe('the tests of the client', () => {
  const listed = execFileSync('python3', ['-m', 'tests', '--list'], {
    cwd: CLIENT_FOLDER,
    env: PYTHON_ENV,
    encoding: 'utf8',
  })
  const ids = parseLines<{ id: string }>(listed).map(({ id }) => id)
  let outcomes: ReadonlyMap<string, Outcome>

  beforeAll(async () => {
    const child = spawn('python3', ['-m', 'tests'], {
      cwd: CLIENT_FOLDER,
      env: PYTHON_ENV,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let out = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
    await new Promise((resolve) => child.once('close', resolve))
    outcomes = new Map(parseLines<Outcome>(out).map((outcome) => [outcome.id, outcome]))
  }, 240_000)

  test('are there', () => expect(ids.length).toBeGreaterThan(80))

  // tests.test_log.LogTest.test_never_raises -> LogTest: never raises
  const sentence = (id: string) => id.replace(/^tests\.\w+\.(\w+)\.test_/, '$1: ').replaceAll('_', ' ')
  for (const id of ids) {
    test(sentence(id), ({ skip }) => {
      const found = outcomes.get(id)
      if (found?.outcome === 'skipped') skip(found.text)
      expect(found, 'the test run ended before this test').toBeDefined()
      expect(found?.outcome, found?.text).toBe('passed')
    })
  }
})

describe('what the client writes, read by the agent', () => {
  let folder: string
  let rows: MetricRow[]
  const notices: Notice[] = []

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'sweep-client-lines-'))
    const metricsFile = join(folder, 'metrics.jsonl')
    const configFile = join(folder, 'config.json')
    writeFileSync(configFile, '{"lr":0.5}')
    const script = `
import sweep
run = sweep.init(config={"epochs": 2}, tags=["a"])
sweep.log({"loss": 1.5, "nested": {"x": 1}, "flag": True, "text": "a \\u2028 \\ud800 b", "list": [1, float("nan")]})
sweep.log({"loss": float("nan"), "up": float("inf"), "down": float("-inf"), "big": 2 ** 80}, step=10)
sweep.log({"global_step": 12, "loss": 0.25})
run.summary["best"] = 0.25
1 / 0
`
    try {
      execFileSync('python3', ['-c', script], {
        env: {
          ...PYTHON_ENV,
          PYTHONPATH: CLIENT_FOLDER,
          SWEEP_RUN_ID: 'r7',
          SWEEP_METRICS_FILE: metricsFile,
          SWEEP_CONFIG_FILE: configFile,
        },
        cwd: folder,
        stdio: 'pipe',
      })
    } catch {
      // it ends with 1, as it should
    }
    rows = []
    const reader = new MetricRows({
      onRow: (row) => rows.push(row),
      onNotice: (notice) => notices.push(notice),
      now: () => 1,
    })
    for (const line of readFileSync(metricsFile, 'utf8').trimEnd().split('\n')) {
      expect(reader.add('file', parseReportJson(line))).toBe(true)
    }
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test('is taken without a notice, and is what the protocol carries', () => {
    expect(notices).toEqual([])
    expect(rows.map((row) => MetricRow.parse(row))).toEqual(rows)
  })

  test('has its steps and numbers as metrics', () => {
    const metrics = rows.filter((row) => Object.keys(row.metrics).length > 0)
    expect(metrics.map(({ step, metrics }) => ({ step, ...metrics }))).toEqual([
      { step: 0, loss: 1.5, 'nested.x': 1 },
      { step: 10, loss: 'NaN', up: 'Infinity', down: '-Infinity', big: 2 ** 80 },
      { step: 12, global_step: 12, loss: 0.25 },
      { step: 12, best: 0.25 },
    ])
  })

  test('has everything else as values', () => {
    expect(Object.assign({}, ...rows.map((row) => row.values ?? {}))).toEqual({
      flag: true,
      text: 'a \u2028 \ufffd b',
      list: [1, 'NaN'],
      _config: { epochs: 2 },
      _run: { tags: ['a'] },
      _traceback: expect.stringMatching(/ZeroDivisionError: division by zero$/),
    })
  })
})
