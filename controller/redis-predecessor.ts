// The Redis that a killed controller left behind: found by its password or its pid file, and ended before another
// one opens the same files.
import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from '../runtime/logger.ts'
import { probeRedis, requestRedisShutdown, type LoopbackAddress } from './redis-probe.ts'

const STOP_LIMIT_MS = 2000

/**
 * Ends the Redis of a controller that was killed: two processes must never write one append-only file. It is known
 * by its password, or, when it says nothing (frozen), by its pid file and command line.
 */
export async function endPredecessor(dir: string, address: LoopbackAddress, log: Logger): Promise<void> {
  const found = await probeRedis(address)
  const pid = await readPredecessorPid(dir, address)
  if (found === 'nobody' && pid === null) return
  if (found === 'stranger' && pid === null) return
  log.info('redis.predecessor_found', { pid, port: address.port })
  if (found === 'ours') await requestRedisShutdown(address)
  if (await becomesTrue(() => isPredecessorGone(dir, address), STOP_LIMIT_MS)) return
  const stillThere = await readPredecessorPid(dir, address)
  if (stillThere === null) return
  killQuietly(stillThere)
  await becomesTrue(() => isPredecessorGone(dir, address), STOP_LIMIT_MS)
}

async function isPredecessorGone(dir: string, address: LoopbackAddress): Promise<boolean> {
  if ((await readPredecessorPid(dir, address)) !== null) return false
  return (await probeRedis(address)) !== 'ours'
}

/** The pid in the pid file, if that process still is a redis-server on our port. */
async function readPredecessorPid(dir: string, address: LoopbackAddress): Promise<number | null> {
  const pid = Number(await readFile(join(dir, 'redis.pid'), 'utf8').catch(() => ''))
  if (!Number.isInteger(pid) || pid <= 1) return null
  const title = await readProcessTitle(pid)
  return title.includes('redis-server') && title.includes(`:${address.port}`) ? pid : null
}

async function readProcessTitle(pid: number): Promise<string> {
  if (process.platform === 'linux') return readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
  return new Promise((resolve) => {
    const ps = spawn('ps', ['-o', 'args=', '-p', String(pid)], { stdio: ['ignore', 'pipe', 'ignore'] })
    let title = ''
    ps.stdout.on('data', (chunk: Buffer) => (title += chunk.toString()))
    ps.once('error', () => resolve(''))
    ps.once('close', () => resolve(title))
  })
}

async function becomesTrue(condition: () => Promise<boolean>, limitMs: number): Promise<boolean> {
  const deadline = performance.now() + limitMs
  while (performance.now() < deadline) {
    if (await condition()) return true
    await delay(20)
  }
  return condition()
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // already gone
  }
}
