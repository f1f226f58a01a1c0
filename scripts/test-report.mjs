// Counts tests from vitest's JSON reports. One test is one (file, full name), however many reports it is in.
import { existsSync, readFileSync } from 'node:fs'

/**
 * Outcome by test. A file that failed without a failed test (it could not be loaded) counts as one failed test of its
 * own name; a missing or unreadable report counts as one failed test named for the report.
 * @param {readonly string[]} paths reports; in several, a test that failed once has failed
 * @returns {Map<string, 'passed' | 'failed' | 'skipped'>}
 */
export function readReports(paths) {
  const outcomes = new Map()
  for (const path of paths) {
    for (const [name, outcome] of outcomesIn(path)) {
      if (outcomes.get(name) === 'failed') continue
      if (outcomes.get(name) === 'passed' && outcome === 'skipped') continue
      outcomes.set(name, outcome)
    }
  }
  return outcomes
}

function* outcomesIn(path) {
  const report = parse(path)
  if (report === null) {
    yield [`report ${path}`, 'failed']
    return
  }
  for (const file of report.testResults) {
    let failedCount = 0
    const seen = new Map() // two tests of one file may bear the same name
    for (const test of file.assertionResults) {
      const outcome = test.status === 'passed' ? 'passed' : test.status === 'failed' ? 'failed' : 'skipped'
      if (outcome === 'failed') failedCount += 1
      const occurrence = (seen.get(test.fullName) ?? 0) + 1
      seen.set(test.fullName, occurrence)
      yield [`${file.name} ${test.fullName} #${occurrence}`, outcome]
    }
    if (file.status === 'failed' && failedCount === 0) yield [file.name, 'failed']
  }
}

function parse(path) {
  if (!existsSync(path)) return null
  try {
    const report = JSON.parse(readFileSync(path, 'utf8'))
    return Array.isArray(report.testResults) ? report : null
  } catch {
    return null
  }
}

/** @param {Iterable<string>} outcomes */
export function countOutcomes(outcomes) {
  const counts = { passed: 0, failed: 0, skipped: 0 }
  for (const outcome of outcomes) counts[outcome] += 1
  return counts
}

/**
 * One line for each test that failed, with the first line of what it said: the end of a long output names them.
 * @param {readonly string[]} paths reports
 * @param {string} root folder that the files' names are shown relative to
 * @returns {string[]} each line once, in the order of the reports
 */
export function listFailures(paths, root) {
  const lines = new Set()
  for (const path of paths) {
    for (const file of parse(path)?.testResults ?? []) {
      const name = file.name.startsWith(`${root}/`) ? file.name.slice(root.length + 1) : file.name
      const failed = file.assertionResults.filter((test) => test.status === 'failed')
      for (const test of failed) {
        lines.add(`✗ ${name} > ${test.fullName}: ${firstLine(test.failureMessages?.[0])}`)
      }
      if (file.status === 'failed' && failed.length === 0) lines.add(`✗ ${name}: ${firstLine(file.message)}`)
    }
  }
  return [...lines]
}

function firstLine(message) {
  return (message ?? '').split('\n', 1)[0] || 'no message'
}

export function formatCounts(counts) {
  return `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`
}
