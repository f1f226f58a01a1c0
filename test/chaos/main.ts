// `npm run chaos`: the fault suite by hand. Prints each injection, each violation, and the table of everything that is
// known of this commit; exits 1 when an invariant is broken or a number was not reached.
import { execFileSync } from 'node:child_process'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { repositoryRoot } from '../support/cluster.ts'
import { runTier } from './fault-tier.ts'
import { countInjections } from './faults/fault.ts'
import { FAULTS } from './faults/registry.ts'
import { formatResults, openResults } from './results.ts'

const USAGE = `npm run chaos                              every fault with its full number
npm run chaos -- --only F1,F4 --count 20 --seed 7
npm run chaos -- --resume                  go on with what this commit has already
  --only LIST   of --list; F4 means F4 and its parts
  --count N     injections of each fault              (its full number)
  --seed S      of the first round; later ones count on from it     (1)
  --resume      add to this commit's results in .chaos/
  --table       print the results of this commit, run nothing
  --list        the faults, what each injects and judges`

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    count: { type: 'string' },
    seed: { type: 'string', default: '1' },
    resume: { type: 'boolean', default: false },
    table: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

const print = (text: string) => void process.stdout.write(`${text}\n`)

process.exitCode = await main()

async function main(): Promise<number> {
  const faults = choose(values.only)
  if (values.help) print(USAGE)
  else if (values.list) for (const fault of faults) print(describe(fault))
  else if (values.table) print(formatResults(faults, results().read()))
  else return run(faults)
  return 0
}

async function run(faults: typeof FAULTS): Promise<number> {
  const file = results()
  const before = values.resume ? file.read() : []
  const count = values.count === undefined ? null : readCount('count')
  const startedAt = performance.now()
  const stamp = () => `${((performance.now() - startedAt) / 1000).toFixed(0).padStart(5)} s`
  print(
    `${cpus().length} x ${cpus()[0]?.model ?? 'unknown processor'}, Node ${process.version}, ${file.path}`,
  )
  let violationCount = 0
  const reached = new Map<string, number>()
  await runTier({
    faults,
    countOf: (fault) => count ?? fault.fullCount,
    seed: readCount('seed'),
    done(fault) {
      const own = before.filter((result) => result.fault === fault.id)
      const injections = countInjections(own.flatMap((result) => result.injections))
      reached.set(fault.id, injections)
      return { injections, seeds: own.map((result) => result.seed) }
    },
    onInjection: (fault, { what, recoveryMs, starvedMs = 0 }) =>
      print(
        `${stamp()}  ${fault.id}  ${what}${recoveryMs === null ? '' : `, well after ${recoveryMs} ms${starvedMs > 500 ? ` (${starvedMs} without a processor)` : ''}`}`,
      ),
    onRound(fault, seed, durationMs, round) {
      file.add(fault, seed, durationMs, round)
      reached.set(fault.id, (reached.get(fault.id) ?? 0) + countInjections(round.injections))
      violationCount += round.violations.length
      print(
        `${stamp()}  ${fault.id}  seed ${seed}: ${countInjections(round.injections)} injections, ${(durationMs / 1000).toFixed(0)} s`,
      )
      for (const { invariant, runId, message } of round.violations)
        print(`  ✗ ${invariant}  ${runId ?? '-'}  ${message}`)
    },
    onSkip: (fault, reason) => print(`${fault.id}  not run: ${reason}`),
  })
  print(
    `\n${formatResults(faults, values.resume ? file.read() : file.read().filter(({ at }) => Date.parse(at) >= Date.now() - (performance.now() - startedAt)))}`,
  )
  const isShort = faults.some(
    (fault) => fault.isExhaustive !== true && (reached.get(fault.id) ?? 0) < (count ?? fault.fullCount),
  )
  return violationCount > 0 || isShort ? 1 : 0
}

function choose(list: string | undefined): typeof FAULTS {
  if (list === undefined) return FAULTS
  const wanted = list.split(',').map((id) => id.trim().toUpperCase())
  const matches = (id: string, word: string) => id.toUpperCase() === word || id.replace(/[a-z]$/, '') === word
  const stranger = wanted.find((word) => !FAULTS.some(({ id }) => matches(id, word)))
  if (stranger !== undefined) {
    process.stderr.write(`--only: there is no fault ${stranger}; see --list\n`)
    process.exit(2)
  }
  return FAULTS.filter(({ id }) => wanted.some((word) => matches(id, word)))
}

function describe(fault: (typeof FAULTS)[number]): string {
  const { id, title, injects, invariants, fullCount, shortCount } = fault
  return `${id.padEnd(5)} ${title}  (N ${fullCount}, short ${shortCount})\n      ${injects}\n      judged: ${invariants.join(' ')}`
}

function results() {
  const git = (...args: string[]) =>
    execFileSync('git', args, { cwd: repositoryRoot, encoding: 'utf8' }).trim()
  const isChanged = git('status', '--porcelain') !== ''
  return openResults(
    join(repositoryRoot, '.chaos'),
    `${git('rev-parse', '--short', 'HEAD')}${isChanged ? '-changed' : ''}`,
  )
}

function readCount(name: 'count' | 'seed'): number {
  const count = Number(values[name])
  if (Number.isInteger(count) && count >= 1) return count
  process.stderr.write(`--${name}: ${values[name]} is not a whole number from 1 on\n\n${USAGE}\n`)
  process.exit(2)
}
