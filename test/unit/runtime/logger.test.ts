import { spawnSync } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { createLogger } from '../../../runtime/logger.ts'

const CANARY = 'swpCANARY0123456789canary0123456789CANARY0123456789'

function logged(write: (log: ReturnType<typeof createLogger>) => void): string {
  const lines: string[] = []
  write(createLogger({ level: 'debug', destination: { write: (line) => void lines.push(line) } }))
  return lines.join('')
}

describe('the log', () => {
  it('writes one JSON line for an event, with its level, time and facts', () => {
    const line = logged((log) => log.warn('redis.died', { exitCode: 1 }))
    expect(line.endsWith('\n')).toBe(true)
    expect(JSON.parse(line)).toEqual({
      level: 'warn',
      event: 'redis.died',
      exitCode: 1,
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as string,
    })
  })

  it('leaves out what is below its level', () => {
    const lines: string[] = []
    const log = createLogger({ level: 'warn', destination: { write: (line) => void lines.push(line) } })
    log.info('controller.started')
    expect(lines).toEqual([])
  })

  it.each([
    ['a field with the name of a secret', { token: CANARY }],
    ['one inside of another field', { request: { authorization: `Bearer ${CANARY}` } }],
    ['the environment', { env: { SWEEP_TOKEN: CANARY } }],
    ['a bearer token in a text', { reason: `refused: Authorization: Bearer ${CANARY}` }],
    ['the password of an address', { reason: `cannot reach redis://default:${CANARY}@127.0.0.1:6379/0` }],
    ['an address without a user', { url: `postgres://:${CANARY}@db/sweeps` }],
    ['a token in a query', { path: `/api/v1/changes?since=1&token=${CANARY}` }],
    ['an agent key in a query', { path: `/api/v1/agent/queue?key=${CANARY}&agent=a1` }],
    ['a token of ours in a text', { reason: `no such file: swp_${CANARY}` }],
  ])('does not write %s', (_what, facts) => {
    const line = logged((log) => log.error('http.failed', { ...facts, requestId: 'r1' }))
    expect(line).not.toContain(CANARY)
    expect(line).toContain('[redacted]')
    expect(JSON.parse(line)).toMatchObject({ event: 'http.failed', requestId: 'r1' })
  })

  it('leaves addresses without a login and ids as they are', () => {
    const facts = { url: 'http://127.0.0.1:8765/x?agent=a1&since=3', runId: 'abcd1234' }
    expect(JSON.parse(logged((log) => log.info('controller.started', facts)))).toMatchObject(facts)
  })

  it('costs its lines and not the process when the disk below stderr is full', () => {
    const logger = fileURLToPath(new URL('../../../runtime/logger.ts', import.meta.url))
    const program = `
      import { createLogger } from ${JSON.stringify(logger)}
      const log = createLogger()
      for (let i = 0; i < 100; i++) log.error('redis.died')
      setImmediate(() => console.log('alive'))`
    const full = openSync('/dev/full', 'w')
    const { status, stdout } = spawnSync(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '--eval', program],
      { stdio: ['ignore', 'pipe', full], encoding: 'utf8' },
    )
    closeSync(full)
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'alive\n' })
  })
})
