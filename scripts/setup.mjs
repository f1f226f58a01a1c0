// Sets up a fresh clone, step by step, doing only what is missing: the Node version, npm packages, redis-server,
// PostgreSQL, the build. Used by the other scripts before anything is installed, so Node's built-in modules only. Progress goes to
// stderr in one line a step; a step that fails throws SetupError with what to do.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CHROMIUM, OPENSSL, POSTGRES, REDIS, installServer } from './install-server.mjs'
import { installWandbClient } from './install-wandb-client.mjs'
import { ROOT, SetupError, indent, run, step } from './steps.mjs'

const OLDEST_NODE = [20, 19]
/** The folders of tsconfig.build.json; a newer file in one of them means that dist/ is old. */
const SOURCE_FOLDERS = [
  'optimizers',
  'sweeps',
  'controller',
  'agent',
  'cli',
  'runtime',
  'charts',
  'web',
  'bench',
]
const BUILD_STAMP = 'dist/.built'

/**
 * @param {{ redis?: boolean, postgres?: boolean, openssl?: boolean, python?: boolean, wandb?: boolean, chromium?: boolean, build?: boolean }} needs npm packages are always seen to
 * @throws SetupError
 */
export function setUp(needs = {}) {
  requireNode(process.versions.node)
  installPackages()
  if (needs.python) requirePython()
  if (needs.redis) installServer(REDIS)
  if (needs.postgres) installServer(POSTGRES)
  if (needs.openssl) installServer(OPENSSL)
  if (needs.wandb) installWandbClient()
  if (needs.chromium) installServer(CHROMIUM)
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

// ----------------------------------------------------------------------------------------------------------- build

function build() {
  if (buildIsFresh(ROOT)) return
  const startedAt = new Date()
  step('building (tsc)', () => {
    const result = run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json'])
    if (!result.ok) throw new SetupError(`The build failed.\n${indent(result.output)}`)
  })
  step('building the dashboard (vite)', () => {
    const result = run(process.execPath, [
      'node_modules/vite/bin/vite.js',
      'build',
      'web',
      '--logLevel',
      'warn',
    ])
    if (!result.ok) throw new SetupError(`The build of the dashboard failed.\n${indent(result.output)}`)
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
