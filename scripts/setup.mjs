// Sets up a fresh clone, step by step, doing only what is missing: the Node version, npm packages, redis-server, the
// build. Used by the other scripts before anything is installed, so Node's built-in modules only. Progress goes to
// stderr in one line a step; a step that fails throws SetupError with what to do.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))
const OLDEST_NODE = [20, 19]
/** The folders of tsconfig.build.json; a newer file in one of them means that dist/ is old. */
const SOURCE_FOLDERS = ['optimizers', 'sweeps', 'controller', 'agent', 'cli', 'runtime', 'bench']
const BUILD_STAMP = 'dist/.built'

/** Something on this machine must be changed by a person; the message says what. */
export class SetupError extends Error {}

/**
 * @param {{ redis?: boolean, python?: boolean, build?: boolean }} needs npm packages are always seen to
 * @throws SetupError
 */
export function setUp(needs = {}) {
  requireNode(process.versions.node)
  installPackages()
  if (needs.python) requirePython()
  if (needs.redis) installRedis()
  if (needs.build) build()
}

/** Runs a script's main function; a SetupError becomes one message and exit code 1. */
export async function runScript(main) {
  try {
    process.exitCode = await main(process.argv.slice(2))
  } catch (error) {
    if (!(error instanceof SetupError)) throw error
    process.stderr.write(`✗ ${error.message}\n`)
    process.exitCode = 1
  }
}

/** @throws SetupError when `version` is older than 20.19 */
export function requireNode(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [wantedMajor, wantedMinor] = OLDEST_NODE
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) return
  throw new SetupError(
    `Node ${version} is too old: sweep needs ${OLDEST_NODE.join('.')} or newer.\n` +
      '  Install it from https://nodejs.org or with your version manager (nvm install 20), then run this again.',
  )
}

function requirePython() {
  if (spawnSync('python3', ['--version'], { stdio: 'ignore' }).status === 0) return
  throw new SetupError(
    "The example's training script needs python3 (3.8 or newer), and there is none on PATH.\n" +
      '  Install it:  apt-get install python3   or   brew install python3',
  )
}

// -------------------------------------------------------------------------------------------------------- packages

function installPackages() {
  if (packagesAreInstalled(ROOT)) return
  step('installing npm packages (npm ci)', () => {
    // npm itself sets npm_execpath; without it (node scripts/test.mjs) npm comes from PATH. Development packages are
    // named, because NODE_ENV=production would leave out the compiler.
    const options = ['ci', '--no-progress', '--loglevel=error', '--include=dev']
    const npm = process.env.npm_execpath
    const [command, args] = npm?.endsWith('.js') ? [process.execPath, [npm, ...options]] : ['npm', options]
    const result = run(command, args)
    if (!result.ok || !packagesAreInstalled(ROOT)) {
      throw new SetupError(`npm ci failed.\n${indent(result.output)}\n  Run it by hand to see more:  npm ci`)
    }
  })
}

/**
 * Does node_modules hold what package-lock.json asks for? npm leaves its own record of what it installed, so this also
 * holds after a person's `npm ci`. Packages for other platforms are optional and may be missing.
 */
export function packagesAreInstalled(root) {
  const installedPath = join(root, 'node_modules/.package-lock.json')
  if (!existsSync(installedPath)) return false
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages
  const installed = JSON.parse(readFileSync(installedPath, 'utf8')).packages
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '' || entry.link) return true
    const found = installed[path]
    if (found === undefined)
      return entry.optional === true || entry.devOptional === true || entry.peer === true
    return found.version === entry.version && existsSync(join(root, path))
  })
}

// ----------------------------------------------------------------------------------------------------------- Redis

function installRedis() {
  if (isOnPath('redis-server')) return
  const ways = redisInstallers()
  for (const way of ways) {
    step(`installing redis-server (${way.label})`, () => {
      const failed = way.commands
        .map(([command, ...args]) => run(command, args))
        .filter((result) => !result.ok)
      // `apt-get update` may fail on one stale list while the install works: what counts is the program.
      if (!isOnPath('redis-server')) {
        throw new SetupError(
          `${redisHelp()}\n\n${way.label} was tried and said:\n${indent(failed[0]?.output ?? '')}`,
        )
      }
    })
    return
  }
  throw new SetupError(redisHelp())
}

/** The ways that may work here, best first. None asks a question. */
function redisInstallers() {
  if (isOnPath('apt-get')) {
    const asRoot = process.getuid?.() === 0
    const viaSudo =
      !asRoot && isOnPath('sudo') && spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0
    if (asRoot || viaSudo) {
      const prefix = asRoot ? [] : ['sudo', '-n']
      const apt = [
        ...prefix,
        'env',
        'DEBIAN_FRONTEND=noninteractive',
        'apt-get',
        '-q',
        '-y',
        '-o',
        'DPkg::Lock::Timeout=120',
      ]
      return [
        {
          label: `${viaSudo ? 'sudo ' : ''}apt-get`,
          commands: [
            [...apt, 'update'],
            [...apt, 'install', '--no-install-recommends', 'redis-server'],
          ],
        },
      ]
    }
  }
  if (isOnPath('brew')) return [{ label: 'brew', commands: [['brew', 'install', 'redis']] }]
  return []
}

function redisHelp() {
  return (
    'redis-server is not on PATH, and it cannot be installed from here without a question.\n' +
    '  Debian, Ubuntu:  sudo apt-get install redis-server\n' +
    '  Fedora:          sudo dnf install redis\n' +
    '  macOS:           brew install redis\n' +
    '  conda:           conda install -c conda-forge redis-server\n' +
    'Then run this again.'
  )
}

// ----------------------------------------------------------------------------------------------------------- build

function build() {
  if (buildIsFresh(ROOT)) return
  step('building (tsc)', () => {
    const startedAt = new Date()
    const result = run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'])
    if (!result.ok) throw new SetupError(`The build failed.\n${indent(result.output)}`)
    writeFileSync(join(ROOT, BUILD_STAMP), startedAt.toISOString() + '\n')
  })
}

/** Is every source older than the start of the last build that went through? */
export function buildIsFresh(root) {
  const stamp = join(root, BUILD_STAMP)
  if (!existsSync(stamp) || !existsSync(join(root, 'dist/cli/main.js'))) return false
  const builtAt = Date.parse(readFileSync(stamp, 'utf8'))
  const configs = ['tsconfig.json', 'tsconfig.build.json', 'package-lock.json'].map((name) =>
    join(root, name),
  )
  return [...configs, ...SOURCE_FOLDERS.flatMap((folder) => filesAndFoldersIn(join(root, folder)))].every(
    (path) => statSync(path).mtimeMs < builtAt,
  )
}

/** Folders too: deleting a file changes only its folder. */
function filesAndFoldersIn(folder) {
  if (!existsSync(folder)) return []
  return [
    folder,
    ...readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
      const path = join(folder, entry.name)
      return entry.isDirectory() ? filesAndFoldersIn(path) : [path]
    }),
  ]
}

// -------------------------------------------------------------------------------------------------------- plumbing

export function isOnPath(name) {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .some((folder) => folder !== '' && existsSync(join(folder, name)))
}

/** Quiet unless it fails: then the caller shows the output. */
function run(command, args) {
  const result = spawnSync(command, args, {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 64 * 1024 * 1024,
  })
  const output = `${result.stdout ?? ''}${result.stderr ?? ''}${result.error ? `${result.error.message}\n` : ''}`
  return { ok: result.status === 0, output: shorten(output.trim().split('\n')).join('\n') }
}

/** npm says first what is wrong, apt-get last. */
function shorten(lines) {
  return lines.length <= 40 ? lines : [...lines.slice(0, 20), '[...]', ...lines.slice(-20)]
}

function step(label, work) {
  const startedAt = performance.now()
  process.stderr.write(`… ${label}\n`)
  work()
  process.stderr.write(`✓ ${label}  ${((performance.now() - startedAt) / 1000).toFixed(1)} s\n`)
}

function indent(text) {
  return text.replace(/^/gm, '    ')
}
