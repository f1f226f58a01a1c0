// The training script of the kill tests. It computes a known function of its config, reports it in several steps as
// JSON lines, and writes a ledger of its own: what really ran, to be compared with what the controller says ran.
//
//   node ledger-train.mjs --ledger=FILE --steps=4 --min-ms=200 --max-ms=2000 --width=1 --rate=0.25 --mode=m0
//
// Also --children=plain (one that outlives it) or torture (those that are hard to find and to end).
// Once FILE.hurry exists, every step takes 5 ms: a test that has seen enough need not wait for the rest.
//
// The ledger is opened for appending and each line is one write; start and end are on disk before it goes on.
import { spawn } from 'node:child_process'
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs'

const given = Object.fromEntries(
  process.argv.slice(2).map((argument) => {
    const match = /^--([^=]+)=(.*)$/s.exec(argument)
    if (!match) fail(`argument without a value: ${argument}`)
    return [match[1], match[2]]
  }),
)
const {
  ledger: ledgerPath,
  steps: stepsText,
  'min-ms': minMs,
  'max-ms': maxMs,
  children = 'none',
  ...fromArguments
} = given
const {
  SWEEP_RUN_ID: runId,
  SWEEP_ATTEMPT: attemptText,
  SWEEP_SEED: seedText,
  SWEEP_CONFIG_FILE,
} = process.env
const config = JSON.parse(readFileSync(SWEEP_CONFIG_FILE, 'utf8'))
const attempt = Number(attemptText)
const steps = Number(stepsText)

// Both ways of receiving the config must tell the same.
for (const key of new Set([...Object.keys(config), ...Object.keys(fromArguments)])) {
  if (
    String(config[key]) !==
    String(typeof config[key] === 'number' ? Number(fromArguments[key]) : fromArguments[key])
  ) {
    fail(`${key} is ${fromArguments[key]} on the command line and ${config[key]} in the config file`)
  }
}

const ledger = openSync(ledgerPath, 'a')
if (process.env.CHAOS_BAD_MACHINE !== undefined) {
  record({ event: 'start', config, pid: process.pid, agent: process.env.CHAOS_AGENT, children: [] }, true)
  fail('this machine is broken')
}
const value = config.width * 10_000 + config.rate * 400 + Number(config.mode.slice(1))
const slowness = Number(process.env.CHAOS_SLOWNESS ?? 1)
const durationMs =
  slowness * (Number(minMs) + spread(Number(seedText), attempt) * (Number(maxMs) - Number(minMs)))

record(
  {
    event: 'start',
    config,
    pid: process.pid,
    agent: process.env.CHAOS_AGENT,
    gpus: process.env.CUDA_VISIBLE_DEVICES,
    children: startChildren(),
  },
  true,
)
for (let step = 1; step <= steps; step++) {
  await new Promise((resolve) => setTimeout(resolve, isHurried() ? 5 : durationMs / steps))
  // Every row says who made it: a row credited to another run or attempt shows.
  process.stdout.write(
    `${JSON.stringify({ step, loss: value + (steps - step) / 2, from_attempt: attempt })}\n`,
  )
  record({ event: 'step', step }, false)
}
record({ event: 'end', value }, true)
closeSync(ledger)

function isHurried() {
  return existsSync(`${ledgerPath}.hurry`)
}

/** They end by themselves only after two minutes: whoever is gone earlier was ended. @returns pids of the direct ones */
function startChildren() {
  const commands = {
    none: [],
    plain: [['sleep', '120']],
    torture: [
      ['setsid', 'sleep', '120'],
      ['sh', '-c', '(setsid sh -c "sleep 120 & wait" &) & exit 0'],
      ['sh', '-c', 'trap "" TERM INT HUP; for i in $(seq 120); do sleep 1; done'],
      ['sh', '-c', 'sleep 120 & sleep 120 & wait'],
    ],
  }[children]
  // Some hold the output open, as data loaders do.
  return commands.map(([program, ...rest], index) => {
    const child = spawn(program, rest, {
      stdio: index % 2 === 0 ? 'ignore' : ['ignore', 'inherit', 'inherit'],
    })
    child.unref()
    return child.pid
  })
}

function record(facts, isDurable) {
  writeSync(ledger, `${JSON.stringify({ ...facts, runId, attempt, at: Date.now() })}\n`)
  if (isDurable) fsyncSync(ledger)
}

/** In [0, 1), different for each run and attempt, the same at each repetition. */
function spread(seed, salt) {
  return ((Math.imul(seed ^ (salt * 0x9e3779b9), 0x85ebca6b) ^ (seed >>> 13)) >>> 0) / 2 ** 32
}

function fail(message) {
  process.stderr.write(`ledger-train: ${message}\n`)
  process.exit(3)
}
