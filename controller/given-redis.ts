// Whether the Redis of REDIS_URL may be used: it keeps everything, everybody finds it at the same address, it is not
// open to the network, and it lets the controller make a user for each agent.
import { randomBytes } from 'node:crypto'
import type { Redis } from 'ioredis'
import { SweepError } from '../sweeps/errors.ts'
import { isLoopbackHost } from './middleware/host-check.ts'
import { withShortConnection } from './redis-probe.ts'

/** A TLS handshake with a machine far away needs more than a Redis of one's own. */
const ANSWER_LIMIT_MS = 5_000
const OR_PRIVATE = 'or unset REDIS_URL: then a private one is started.'

/**
 * @throws SweepError REDIS_UNAVAILABLE when it does not answer or refuses the login, USAGE when it may not be used;
 *   the password is in no message
 */
export async function checkGivenRedis(url: string): Promise<void> {
  const shown = withoutPassword(url)
  checkAddress(url, shown)
  const { policy, aclRefusal } = await withShortConnection(url, askIt, ANSWER_LIMIT_MS).catch(
    (error: Error) => {
      throw unavailable(error, shown)
    },
  )
  if (policy !== 'noeviction') {
    throw new SweepError(
      'USAGE',
      `Redis at ${shown} has maxmemory-policy ${policy}: it may throw away runs and reports when memory is short`,
      { hint: `Set \`maxmemory-policy noeviction\` there, ${OR_PRIVATE}` },
    )
  }
  if (aclRefusal !== null) {
    throw new SweepError('USAGE', `Redis at ${shown} lets nobody make users: ${aclRefusal}`, {
      hint: `Each agent gets a Redis user of its own. Give a login that may use ACL SETUSER, ${OR_PRIVATE}`,
    })
  }
}

function checkAddress(url: string, shown: string): void {
  const { protocol, hostname, pathname, password } = new URL(url)
  if (protocol !== 'redis:' && protocol !== 'rediss:') {
    throw new SweepError('USAGE', `REDIS_URL: ${shown} is no address of a Redis`, {
      hint: 'Write it as redis://:PASSWORD@HOST:6379, or rediss:// for TLS.',
    })
  }
  if (!['', '/', '/0'].includes(pathname)) {
    throw new SweepError('USAGE', `REDIS_URL: ${shown} names a database; agents use database 0 alone`, {
      hint: 'Leave the number out. Names keep several deployments apart in one Redis.',
    })
  }
  if (password === '' && !isLoopbackHost(hostname.replace(/^\[|\]$/g, ''))) {
    throw new SweepError(
      'USAGE',
      `REDIS_URL: ${shown} has no password, and it is not on this machine: whoever reaches it runs commands on your agents`,
      { hint: 'Set `requirepass` there and write the address as redis://:PASSWORD@HOST:6379.' },
    )
  }
}

async function askIt(redis: Redis): Promise<{ policy: string; aclRefusal: string | null }> {
  const info = await redis.info('memory')
  const policy = /^maxmemory_policy:(\S+)/m.exec(info)?.[1] ?? 'unknown'
  const user = `sweep-check-${randomBytes(8).toString('hex')}`
  try {
    await redis.call('ACL', 'SETUSER', user, 'reset', 'off')
    await redis.call('ACL', 'DELUSER', user)
    return { policy, aclRefusal: null }
  } catch (error) {
    return { policy, aclRefusal: (error as Error).message.slice(0, 200) }
  }
}

function unavailable(error: Error & { code?: string }, shown: string): SweepError {
  const { message, hint } = describeFailure(error)
  return new SweepError('REDIS_UNAVAILABLE', `Redis at ${shown} ${message}`, { hint, cause: error })
}

function describeFailure(error: Error & { code?: string }): { message: string; hint: string } {
  const words = error.message === '' ? (error.code ?? 'no answer') : error.message
  if (/WRONGPASS|NOAUTH|without any password configured/.test(words))
    return { message: `refused the login: ${words}`, hint: 'Check user and password in REDIS_URL.' }
  if (/certificate|self.signed|altname|SSL|TLS|wrong version number/i.test(`${error.code ?? ''} ${words}`))
    return {
      message: `cannot be trusted or speaks no TLS: ${words}`,
      hint: 'Check rediss:// or redis:// and the port; for a certificate authority of your own set NODE_EXTRA_CA_CERTS to its file.',
    }
  return {
    message: `does not answer: ${words}`,
    hint: `Check REDIS_URL and that this Redis runs, ${OR_PRIVATE}`,
  }
}

/** The URL as it may stand in a message or a log. */
function withoutPassword(url: string): string {
  if (!URL.canParse(url))
    throw new SweepError('USAGE', 'REDIS_URL is not a URL', { hint: 'Write it as redis://HOST:6379.' })
  const { protocol, host, pathname } = new URL(url)
  return `${protocol}//${host}${pathname === '/' ? '' : pathname}`
}
