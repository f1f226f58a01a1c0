// `npm run quickstart`: sets up what is missing, then runs the example sweep here: a controller with its private
// Redis, one agent with two slots, real trainings, the ranking. Data in ./.sweep (SWEEP_DATA moves it).
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { runScript, setUp } from './setup.mjs'
import { ROOT } from './steps.mjs'

/**
 * One Ctrl-C under `npm run` reaches this process twice: from the terminal, and from npm, which passes it on. The
 * second within this time is the same one. A person's second Ctrl-C means something else: hand the runs back.
 */
const SAME_SIGNAL_MS = 200
/** A signal to npm alone ends only the shell between npm and this process: a parent that is gone is how it shows. */
const PARENT_LOOK_MS = 250

await runScript(async (args) => {
  setUp({ python: true, redis: process.env.REDIS_URL === undefined, build: true })
  // Two slots: two trainings at one time on any machine. Sixteen runs: the whole ranking, not its first five.
  const command = ['bin/sweep', 'run', 'examples/digits/sweep.yaml', '--slots', '2', '--count', '16', ...args]
  process.stderr.write(`\n$ ${command.join(' ')}\n`)

  // In a process group of its own, so that the terminal's Ctrl-C arrives by this process alone, once.
  const child = spawn(process.execPath, [join(ROOT, 'bin/sweep'), ...command.slice(1)], {
    cwd: ROOT,
    stdio: 'inherit',
    detached: true,
  })
  const lastAt = new Map()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      const now = performance.now()
      if (now - (lastAt.get(signal) ?? -Infinity) < SAME_SIGNAL_MS) return
      lastAt.set(signal, now)
      // A closed terminal is not a person's second thought: drain as for SIGTERM.
      child.kill(signal === 'SIGHUP' ? 'SIGTERM' : signal)
    })
  }
  process.on('SIGWINCH', () => child.kill('SIGWINCH'))
  const parent = process.ppid
  const parentWatch = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(parentWatch)
    child.kill('SIGTERM')
  }, PARENT_LOOK_MS)
  parentWatch.unref()
  const exitCode = await exitCodeOf(child)
  if (exitCode === 0) process.stderr.write(`\n\`sweep\` is bin/sweep here:  export PATH="$PWD/bin:$PATH"\n`)
  return exitCode
})

/** The child's exit code, or 128 + the signal's number as a shell has it. */
function exitCodeOf(child) {
  const numbers = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 }
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => resolve(code ?? 128 + (numbers[signal] ?? 0)))
  })
}
