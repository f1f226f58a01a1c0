// What starting a controller here needs: a Redis and a free port.
import { createServer } from 'node:net'
import { readRunningControllers } from '../controller-traces.ts'
import type { Io } from '../terminal.ts'
import { fail, ok, warn } from './check.ts'
import type { Check } from './check.ts'
import { askProgram, findProgram } from './programs.ts'
import { askRedisPolicy } from './redis-question.ts'
import { askHealth } from './server-checks.ts'

/** @param isNeeded false: the controller runs on another machine, so that a missing one is no fault here */
export async function checkRedis(io: Pick<Io, 'env' | 'cwd'>, isNeeded: boolean): Promise<Check> {
  const given = io.env['REDIS_URL']
  if (given) return checkGivenRedis(given)
  const path = findProgram('redis-server', io)
  if (path === null) {
    const found = 'no redis-server on PATH, and REDIS_URL is not set'
    const hint = 'apt-get install redis-server  or  brew install redis'
    return isNeeded ? fail('redis', found, hint) : warn('redis', `${found}; only  sweep up  needs it`, hint)
  }
  const answer = await askProgram(path, ['--version'], io)
  const version = /v=(\S+)/.exec(answer.output)?.[1]
  if (answer.exitCode !== 0 || version === undefined) {
    return fail('redis', `${path} does not run`, `Try it:  ${path} --version`)
  }
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const isOld = major < 6 || (major === 6 && minor < 2)
  return isOld
    ? fail('redis', `redis-server ${version} is too old`, 'Install Redis 6.2 or newer.')
    : ok('redis', `redis-server ${version}  ${path}`)
}

async function checkGivenRedis(text: string): Promise<Check> {
  if (!URL.canParse(text) || !/^rediss?:$/.test(new URL(text).protocol)) {
    return fail(
      'redis',
      'REDIS_URL is not a redis:// address',
      'Write it as redis://HOST:6379, or unset REDIS_URL.',
    )
  }
  const shown = `${new URL(text).protocol}//${new URL(text).host}`
  try {
    const policy = await askRedisPolicy(text)
    return policy === 'noeviction'
      ? ok('redis', `${shown} answers, maxmemory-policy noeviction`)
      : fail(
          'redis',
          `${shown} has maxmemory-policy ${policy}: it may throw away runs and reports`,
          `redis-cli -u ${shown} config set maxmemory-policy noeviction   (and in its redis.conf)`,
        )
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return fail(
      'redis',
      `REDIS_URL: ${shown} does not answer (${why})`,
      'Start it, correct REDIS_URL, or unset it.',
    )
  }
}

export interface PortQuestion {
  /** The server that the commands here use answers on it. */
  readonly isInUse: boolean
  /** Tells where the traces of running controllers are. */
  readonly env: Io['env']
}

/** May a controller listen there? */
export async function checkPort(port: number, { isInUse, env }: PortQuestion): Promise<Check> {
  const problem = await tryToListen(port)
  if (problem === null) return ok('port', `${port} is free`)
  if (problem !== 'EADDRINUSE') {
    return fail('port', `${port} cannot be listened on (${problem})`, 'Choose another:  sweep up --port 0')
  }
  const trace = readRunningControllers(env).find((controller) => controller.port === port)
  const whose = trace ? `pid ${trace.pid}, data ${trace.dataFolder}` : 'not started by this user'
  if (isInUse) return ok('port', `${port} is held by the controller in use: ${whose}`)
  const answer = await askHealth(`http://127.0.0.1:${port}`)
  if (answer instanceof Error || answer.version === null) {
    return fail(
      'port',
      `${port} is taken by another program`,
      `See which:  ss -ltnp 'sport = :${port}'   or take another:  sweep up --port 0`,
    )
  }
  return warn(
    'port',
    `${port} is taken by a sweep controller ${answer.version}, ${whose}`,
    'For a second one:  sweep up --port 0',
  )
}

/** null, or the system's code for why not. */
function tryToListen(port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(null)))
  })
}
