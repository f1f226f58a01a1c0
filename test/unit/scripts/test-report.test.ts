// Counting tests from reports: each test once, and nothing that went wrong is silent.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'

type Outcome = 'passed' | 'failed' | 'skipped'
/** Plain JavaScript, without types of its own. */
interface TestReportModule {
  readReports(paths: readonly string[]): Map<string, Outcome>
  countOutcomes(outcomes: Iterable<Outcome>): Record<Outcome, number>
  formatCounts(counts: Record<Outcome, number>): string
  listFailures(paths: readonly string[], root: string): string[]
}
const modulePath = new URL('../../../scripts/test-report.mjs', import.meta.url).href
const { readReports, countOutcomes, formatCounts, listFailures } = (await import(
  modulePath
)) as TestReportModule

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sweep-report-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** A report of one file with these tests, `name: status`. */
function report(name: string, tests: readonly (readonly [string, string])[], fileStatus = 'passed'): string {
  const path = join(folder, name)
  const assertionResults = tests.map(([fullName, status]) => ({ fullName, status }))
  writeFileSync(
    path,
    JSON.stringify({ testResults: [{ name: '/a.test.ts', status: fileStatus, assertionResults }] }),
  )
  return path
}

const count = (...paths: string[]) => formatCounts(countOutcomes(readReports(paths).values()))

test('counts passed, failed and skipped tests', () => {
  const tests = [
    ['a', 'passed'],
    ['b', 'failed'],
    ['c', 'pending'],
    ['d', 'todo'],
  ] as const
  expect(count(report('r.json', tests, 'failed'))).toBe('1 passed, 1 failed, 2 skipped')
})

test('counts a test that is in two reports once, and as failed when it failed in one', () => {
  const first = report('first.json', [
    ['a', 'passed'],
    ['b', 'passed'],
  ])
  const second = report(
    'second.json',
    [
      ['a', 'failed'],
      ['b', 'passed'],
    ],
    'failed',
  )
  expect(count(first, second)).toBe('1 passed, 1 failed, 0 skipped')
  expect(count(second, first)).toBe('1 passed, 1 failed, 0 skipped')
})

test('counts two tests of the same name in one file as two', () => {
  expect(
    count(
      report('r.json', [
        ['a', 'passed'],
        ['a', 'passed'],
      ]),
    ),
  ).toBe('2 passed, 0 failed, 0 skipped')
})

test('counts a file that could not be loaded as one failure', () => {
  expect(count(report('r.json', [], 'failed'))).toBe('0 passed, 1 failed, 0 skipped')
})

test('counts a report that is missing or cut off as one failure', () => {
  const cut = join(folder, 'cut.json')
  writeFileSync(cut, '{"testResults":[')
  expect(count(join(folder, 'none.json'), cut)).toBe('0 passed, 2 failed, 0 skipped')
})

test('names what failed, once, with the first line of its message', () => {
  const path = join(folder, 'r.json')
  const failed = {
    fullName: 'adds up',
    status: 'failed',
    failureMessages: ['expected 1 to be 2\n    at a.ts:3'],
  }
  const passed = { fullName: 'goes on', status: 'passed' }
  const testResults = [
    { name: '/here/test/a.test.ts', status: 'failed', assertionResults: [passed, failed] },
    {
      name: '/here/test/b.test.ts',
      status: 'failed',
      assertionResults: [],
      message: 'cannot be loaded\nat b',
    },
  ]
  writeFileSync(path, JSON.stringify({ testResults }))
  expect(listFailures([path, path, join(folder, 'missing.json')], '/here')).toEqual([
    '✗ test/a.test.ts > adds up: expected 1 to be 2',
    '✗ test/b.test.ts: cannot be loaded',
  ])
})
