// `npm run dev`: a controller with its private Redis and one agent on the newest sweep, both started again after each
// change that compiles. Data in .sweep/dev; the first start creates the digits example there. Ctrl-C ends all.
import { spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { runScript, setUp } from './setup.mjs'
import { ROOT } from './steps.mjs'

const DATA = join(ROOT, '.sweep/dev')
const PORT = process.env.PORT ?? '8765'
const env = { ...process.env, SWEEP_DATA: DATA, SWEEP_SERVER: `http://127.0.0.1:${PORT}` }
/** The build's own word for "everything compiles now". */
const COMPILED = /Found 0 errors\. Watching for file changes\./

await runScript(async () => {
  setUp({ python: true, redis: true, build: true })
  let isEnding = false
  let controller = null
  let agent = null
  /** Restarts run one after the other; a change during one asks for one more. */
  let restarting = Promise.resolve()

  const compiler = spawn(
    process.execPath,
    ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json', '--watch', '--preserveWatchOutput'],
    { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'], detached: true },
  )
  compiler.stdout.setEncoding('utf8')
  compiler.stdout.on('data', (text) => {
    process.stdout.write(text)
    if (COMPILED.test(text)) restarting = restarting.then(restart)
  })

  async function restart() {
    await end(agent)
    await end(controller)
    if (isEnding) return
    controller = await startController()
    if (!isEnding && controller !== null) agent = startAgent()
  }

  await new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, resolve)
    compiler.once('exit', resolve)
  })
  isEnding = true
  compiler.kill()
  await restarting
  await end(agent)
  await end(controller)
  return 0
})

/** Resolves when it is ready; null when it ended before (its own message says why). */
function startController() {
  const child = sweep(['up', '--port', PORT, '--data', DATA], ['ignore', 'pipe', 'inherit'])
  child.stdout.setEncoding('utf8')
  return new Promise((resolve) => {
    let output = ''
    child.stdout.on('data', (text) => {
      process.stdout.write(text)
      output += text
      if (/^\W*ready http/m.test(output)) resolve(child)
    })
    child.once('exit', () => resolve(null))
  })
}

/** One agent on the newest sweep; the digits example when there is none yet. */
function startAgent() {
  const found = spawnSync(process.execPath, ['bin/sweep', 'ls', '--json'], {
    cwd: ROOT,
    env,
    encoding: 'utf8',
  })
  const sweeps = found.status === 0 ? JSON.parse(found.stdout).sweeps : []
  if (sweeps.length === 0) {
    spawnSync(process.execPath, ['bin/sweep', 'create', 'examples/digits/sweep.yaml'], {
      cwd: ROOT,
      env,
      stdio: 'inherit',
    })
  }
  return sweep(['agent', '@last', '--slots', '1'], ['ignore', 'inherit', 'inherit'])
}

/** In a process group of its own: the terminal's Ctrl-C reaches this script alone, which then ends things in order. */
function sweep(args, stdio) {
  return spawn(process.execPath, ['bin/sweep', ...args], { cwd: ROOT, env, stdio, detached: true })
}

/** SIGTERM drains; resolves when the process is gone. */
function end(child) {
  if (child === null || child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise((resolve) => {
    child.once('exit', resolve)
    child.kill('SIGTERM')
  })
}
