// `npm run check`: types, lint, format and unit tests, two at a time. All run even if one fails; the output of those
// that fail is shown, and each says how long it took. Needs no Redis and no build. `--no-unit` leaves the unit tests out:
// `.ci/run` runs them with all the others.
import { spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { runScript, setUp } from './setup.mjs'
import { ROOT } from './steps.mjs'
import { countOutcomes, formatCounts, readReports } from './test-report.mjs'

const UNIT_TESTS = 'unit tests'
const UNIT_REPORT = 'test-results/check-unit.json'

const STEPS = [
  { name: 'types', args: ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json', '--noEmit'] },
  {
    name: 'types of the dashboard',
    args: ['node_modules/typescript/bin/tsc', '-p', 'web/tsconfig.json', '--noEmit'],
  },
  {
    name: 'lint',
    args: ['node_modules/eslint/bin/eslint.js', '.', '--cache', '--cache-location', cache('eslint')],
  },
  {
    name: 'format',
    args: [
      ...['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level=warn', '.'],
      ...['--cache', '--cache-location', cache('prettier')],
    ],
  },
  {
    name: UNIT_TESTS,
    args: [
      ...['node_modules/vitest/vitest.mjs', 'run', '--project', 'unit'],
      ...['--reporter=default', '--reporter=json', `--outputFile.json=${UNIT_REPORT}`],
    ],
    summary: () => formatCounts(countOutcomes(readReports([join(ROOT, UNIT_REPORT)]).values())),
  },
]
const LANE_COUNT = 2

await runScript(async (args) => {
  setUp()
  mkdirSync(join(ROOT, 'test-results'), { recursive: true })
  const startedAt = performance.now()
  const waiting = STEPS.filter((step) => step.name !== UNIT_TESTS || !args.includes('--no-unit'))
  const failed = []
  const lane = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const result = await runStep(next)
      const summary = next.summary ? `  ${next.summary()}` : ''
      process.stdout.write(
        `${result.ok ? '✓' : '✗'} ${next.name}  ${result.seconds.toFixed(1)} s${summary}\n`,
      )
      if (!result.ok) {
        failed.push(next.name)
        process.stdout.write(`${result.output.trimEnd()}\n\n`)
      }
    }
  }
  await Promise.all(Array.from({ length: LANE_COUNT }, lane))
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  process.stdout.write(
    failed.length === 0 ? `✓ check  ${seconds} s\n` : `✗ check  ${seconds} s: ${failed.join(', ')}\n`,
  )
  return failed.length === 0 ? 0 : 1
})

function cache(name) {
  return `node_modules/.cache/${name}-check`
}

function runStep({ args }) {
  const startedAt = performance.now()
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8')
      stream.on('data', (text) => (output += text))
    }
    child.once('error', reject)
    child.once('close', (code) =>
      resolve({ ok: code === 0, output, seconds: (performance.now() - startedAt) / 1000 }),
    )
  })
}
