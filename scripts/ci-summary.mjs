// The last step of `.ci/run`: one line of totals over all reports in test-results/, each test counted once. Arguments
// are the commands that ran, as NAME=EXITCODE; one that failed without a failed test of its own counts as one failure.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './steps.mjs'
import { countOutcomes, formatCounts, listFailures, readReports } from './test-report.mjs'

/** The reports that each command writes. */
const REPORTS_OF = {
  test: ['unit.json', 'contract.json', 'integration.json', 'web.json', 'wandb.json', 'e2e.json'],
}

const folder = join(ROOT, 'test-results')
const present = new Set(readdirSync(folder, { withFileTypes: false }))
const paths = (name) =>
  (REPORTS_OF[name] ?? []).filter((file) => present.has(file)).map((file) => join(folder, file))

const outcomes = readReports(Object.keys(REPORTS_OF).flatMap(paths))
for (const argument of process.argv.slice(2)) {
  const [name, exitCode] = argument.split('=')
  if (exitCode === '0') continue
  process.stdout.write(`✗ ${name} ended with exit code ${exitCode}\n`)
  const ownFailures = countOutcomes(readReports(paths(name)).values()).failed
  if (ownFailures === 0) outcomes.set(`command ${name}`, 'failed')
}
for (const line of listFailures(Object.keys(REPORTS_OF).flatMap(paths), ROOT))
  process.stdout.write(`${line}\n`)
const counts = countOutcomes(outcomes.values())
process.stdout.write(`${formatCounts(counts)}\n`)
process.exitCode = counts.failed > 0 || counts.passed === 0 ? 1 : 0
