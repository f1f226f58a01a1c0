// `npm run bench -- token-timing`: what does the time of a refusal tell? Requests with unknown tokens, with one letter of
// a good one changed, with revoked and expired ones, and with one of a role that may not, in turn and each on a
// connection of its own, against a real controller. Prints the times of each kind and Welch's t against the unknown ones.
import { randomInt } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startController } from '../controller/main.ts'
import { openSqliteStore } from '../controller/store/sqlite.ts'
import { silentLogger } from '../runtime/logger.ts'
import { createSecret, hashSecret } from '../sweeps/access-token.ts'

const { values } = parseArgs({
  options: {
    /** Requests of each kind. */
    requests: { type: 'string', default: '10000' },
  },
})

const KINDS = ['unknown', 'one letter off', 'revoked', 'expired', 'wrong role'] as const
type Kind = (typeof KINDS)[number]

const draw = (n: number) => randomInt(n)
const tokens: Record<Exclude<Kind, 'unknown' | 'one letter off'>, string> = {
  revoked: createSecret('token', draw),
  expired: createSecret('token', draw),
  'wrong role': createSecret('token', draw),
}
const folder = mkdtempSync(join(tmpdir(), 'sweep-bench-'))

async function storeTokens(): Promise<void> {
  const store = await openSqliteStore({ file: join(folder, 'sweep.db') })
  const now = Date.now()
  await store.write(async (tx) => {
    for (const [kind, secret] of Object.entries(tokens)) {
      await tx.access.insertToken({
        id: kind,
        name: kind,
        role: 'viewer',
        hash: hashSecret(secret),
        createdBy: 'bench',
        createdAt: now,
        expiresAt: kind === 'expired' ? now : now + 86_400_000,
        revokedAt: kind === 'revoked' ? now : null,
        lastUsedAt: now,
      })
    }
  })
  await store.close()
}

function tokenOf(kind: Kind): string {
  if (kind === 'unknown') return createSecret('token', draw)
  if (kind !== 'one letter off') return tokens[kind]
  const good = tokens['wrong role']
  return good.slice(0, -1) + (good.endsWith('x') ? 'y' : 'x')
}

/** Milliseconds from the request to the whole answer; from an address of its own, below the limit on guesses. */
function timeRefusal(url: string, token: string, index: number): Promise<number> {
  const localAddress = `127.${1 + (index >> 16)}.${(index >> 8) & 255}.${1 + (index & 127)}`
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}` }
    const asked = request(url, { method: 'POST', agent: false, localAddress, headers }, (response) => {
      response.resume()
      response.on('end', () => resolve(performance.now() - startedAt))
    })
    let startedAt = 0
    asked.on('socket', (socket) =>
      socket.once('connect', () => {
        startedAt = performance.now()
      }),
    )
    asked.on('error', reject)
    asked.end()
  })
}

await storeTokens()
const controller = await startController({
  host: '127.0.0.1',
  port: 0,
  dataDir: folder,
  leaseMs: 180_000,
  log: silentLogger,
})
try {
  const url = `${controller.url}/api/v1/sweeps`
  const times = new Map<Kind, number[]>(KINDS.map((kind) => [kind, []]))
  const rounds = Number(values.requests)
  const warmUp = Math.min(500, rounds)
  for (let round = -warmUp; round < rounds; round += 1) {
    const first = randomInt(KINDS.length) // no kind is always the one behind another
    for (let place = 0; place < KINDS.length; place += 1) {
      const kind = KINDS[(first + place) % KINDS.length] ?? 'unknown'
      const token = tokenOf(kind)
      const ms = await timeRefusal(url, token, (round + warmUp) * KINDS.length + place)
      if (round >= 0) times.get(kind)?.push(ms)
    }
  }
  console.log(
    `${cpus().length} x ${cpus()[0]?.model.trim() ?? 'unknown processor'}, Node ${process.version}, SQLite, ` +
      `${rounds} requests of each kind, ${new Date().toISOString().slice(0, 10)}\n`,
  )
  console.log('kind             median ms    mean ms     p95 ms    t against unknown')
  const unknown = trimmed(times.get('unknown') ?? [])
  for (const kind of KINDS) {
    const sorted = (times.get(kind) ?? []).toSorted((left, right) => left - right)
    const at = (share: number) => (sorted[Math.floor(share * (sorted.length - 1))] ?? NaN).toFixed(3)
    const kept = trimmed(sorted)
    const t = kind === 'unknown' ? '' : welchT(kept, unknown).toFixed(2)
    console.log(
      `${kind.padEnd(16)} ${at(0.5).padStart(9)} ${mean(kept).toFixed(3).padStart(10)} ${at(0.95).padStart(10)} ${t.padStart(12)}`,
    )
  }
} finally {
  await controller.stop()
  rmSync(folder, { recursive: true })
}

/** Without the slowest twentieth: pauses of the machine, which hit any kind. */
function trimmed(ms: readonly number[]): number[] {
  const sorted = ms.toSorted((left, right) => left - right)
  return sorted.slice(0, Math.ceil(sorted.length * 0.95))
}

function mean(ms: readonly number[]): number {
  return ms.reduce((sum, value) => sum + value, 0) / ms.length
}

/** |t| above 2.58 would happen once in a hundred times without any difference. */
function welchT(left: readonly number[], right: readonly number[]): number {
  const spread = (ms: readonly number[]) => {
    const centre = mean(ms)
    return ms.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (ms.length - 1) / ms.length
  }
  return (mean(left) - mean(right)) / Math.sqrt(spread(left) + spread(right))
}
