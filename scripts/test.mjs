// `npm test`: sets up what is missing, then runs every tier, one after the other, and ends with one line of totals
// counted from vitest's reports (test-results/TIER.json). Arguments go to vitest: `npm test -- --project e2e quickstart`.
import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { runScript, setUp } from './setup.mjs'
import { ROOT } from './steps.mjs'
import { countOutcomes, formatCounts, listFailures, readReports } from './test-report.mjs'

/** The projects of vitest.config.ts, the quickest first. */
const TIERS = ['unit', 'contract', 'integration', 'web', 'wandb', 'e2e']
/** W&B's agent asks every 5 s and its client takes seconds to start: these tests wait, and several wait at once. So
 * do those of leases and outages. */
const TIER_ARGUMENTS = {
  unit: ['--maxWorkers=2'],
  contract: ['--maxWorkers=2'],
  integration: ['--maxWorkers=3'],
  web: ['--maxWorkers=2'],
  wandb: ['--maxWorkers=3'],
  e2e: ['--maxWorkers=3'],
}

await runScript((args) => {
  const { tiers, rest } = splitProjects(args)
  setUp({
    python: true,
    redis: true,
    postgres: tiers.some((tier) => tier !== 'unit'),
    openssl: tiers.some((tier) => tier !== 'unit'),
    wandb: tiers.includes('wandb'),
    chromium: tiers.includes('web'),
    build: true,
  })
  mkdirSync(join(ROOT, 'test-results'), { recursive: true })
  const lines = []
  const failures = []
  const total = { passed: 0, failed: 0, skipped: 0 }
  for (const tier of tiers) {
    const result = runTier(tier, rest)
    for (const key of Object.keys(total)) total[key] += result.counts[key]
    failures.push(...result.failures)
    lines.push(`${tier.padEnd(12)} ${formatCounts(result.counts)}  ${result.seconds.toFixed(1)} s`)
  }
  if (total.passed + total.failed + total.skipped === 0) {
    lines.push(`✗ no test matches: ${args.join(' ')}`)
    total.failed = 1
  }
  process.stdout.write(`\n${[...failures, ...lines].join('\n')}\n${formatCounts(total)}\n`)
  return total.failed > 0 ? 1 : 0
})

/** `--project NAME` (or `=NAME`), once or more, chooses tiers; everything else is vitest's. */
function splitProjects(args) {
  const chosen = []
  const rest = []
  for (let i = 0; i < args.length; i += 1) {
    if (args[i] === '--project') chosen.push(args[(i += 1)])
    else if (args[i].startsWith('--project=')) chosen.push(args[i].slice('--project='.length))
    else rest.push(args[i])
  }
  return { tiers: chosen.length > 0 ? chosen : TIERS, rest }
}

function runTier(tier, args) {
  const report = `test-results/${tier}.json`
  rmSync(join(ROOT, report), { force: true })
  process.stdout.write(`\n── ${tier} ──\n`)
  const startedAt = performance.now()
  const vitest = spawnSync(
    process.execPath,
    [
      'node_modules/vitest/vitest.mjs',
      ...['run', '--project', tier, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
      ...(TIER_ARGUMENTS[tier] ?? []),
      // A filter may leave a tier empty; without one, an empty tier is an error.
      ...(args.length > 0 ? ['--passWithNoTests', ...args] : []),
    ],
    { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] },
  )
  const counts = countOutcomes(readReports([join(ROOT, report)]).values())
  // Unhandled errors make vitest fail with every test passed: they count as one failure.
  if (vitest.status !== 0 && counts.failed === 0) counts.failed = 1
  const failures = listFailures([join(ROOT, report)], ROOT)
  return { counts, failures, seconds: (performance.now() - startedAt) / 1000 }
}
