// `rm`, `tag`, `note`, and changing several sweeps at once: what is looked up before anything is changed.
import { afterEach, describe, expect, it } from 'vitest'
import { cli, runJson, serve, sweepJson } from './cli-world.ts'
import type { FakeServer, Recorded } from './cli-world.ts'

let server: FakeServer | undefined

afterEach(async () => {
  await server?.close()
  server = undefined
})

async function start(answer: Parameters<typeof serve>[0]): Promise<{ SWEEP_SERVER: string }> {
  server = await serve(answer)
  return { SWEEP_SERVER: server.url }
}

const ended = { queued: 0, running: 0, finished: 118, stopped: 2, failed: 0, cancelled: 0, lost: 0 }
const methods = () => server?.requests.map(({ method, path }) => `${method} ${path.replace('/api/v1', '')}`)

/** Sweeps `s...` and runs `r...` of sweep `s1`. */
const world =
  (sweep: Parameters<typeof sweepJson>[0] = { state: 'finished', counts: ended }) =>
  ({ method, path }: Recorded) => {
    const id = path.split('/').at(-1) ?? ''
    if (path.includes('/resolve/'))
      return JSON.stringify({ kind: id.startsWith('s') ? 'sweep' : 'run', id, name: id })
    if (method === 'DELETE')
      return JSON.stringify({
        removed: { kind: id.startsWith('s') ? 'sweep' : 'run', id, name: 'n', runs: 120 },
      })
    return path.includes('/sweeps/')
      ? JSON.stringify({ sweep: sweepJson({ ...sweep, id }) })
      : JSON.stringify({ run: runJson({ id, sweepId: 's1' }) })
  }

describe('rm', () => {
  it('says what is lost, and erases with --yes only where nobody can be asked', async () => {
    const env = await start(world())
    for (const words of [[], ['--no-input']]) {
      const refused = await cli(['rm', 's1', ...words], { env, isTerminal: words.length > 0 })
      expect(refused.code).toBe(2)
      expect(refused.stderr).toContain(
        'Removing sweep s1 "vit-small lr" (finished, best 0.2814 of q8x2m4kd): 120 runs with their metrics and logs cannot be undone.',
      )
      expect(refused.stderr).toContain('add --yes')
    }
    expect(methods()?.some((line) => line.startsWith('DELETE'))).toBe(false)

    const done = await cli(['rm', 's1', '--yes'], { env })

    expect([done.code, done.stdout]).toEqual([0, 'Removed sweep s1 "n" and 120 runs.\n'])
    expect(methods()?.at(-1)).toBe('DELETE /sweeps/s1')
  })

  it('erases nothing with --dry-run', async () => {
    const env = await start(world())
    const { stdout } = await cli(['rm', 's1', 'r1', '--dry-run'], { env })
    expect(stdout).toMatch(/^Would remove sweep s1 .*: 120 runs with their metrics and logs\.\n$/) // r1 is one of s1
    const json = await cli(['rm', 'r1', '--dry-run', '--json'], { env })
    expect(JSON.parse(json.stdout)).toEqual({
      schema: 'sweep.rm/1',
      removed: [{ kind: 'run', id: 'r1', name: 'run-1', runs: 1 }],
      dryRun: true,
    })
    expect(methods()?.every((line) => line.startsWith('GET'))).toBe(true)
  })

  it('refuses all when one may still change', async () => {
    const env = await start(world({ state: 'running' }))
    const { code, stderr } = await cli(['rm', 'r1', '--yes'], { env })
    expect([code, stderr]).toEqual([7, expect.stringContaining('would try that configuration again')])
    expect((await cli(['rm', 's2', '--yes', '--json'], { env })).code).toBe(7)
    expect(methods()?.some((line) => line.startsWith('DELETE'))).toBe(false)
  })
})

describe('tag and note', () => {
  const answer = ({ method }: Recorded) =>
    JSON.stringify({ run: runJson({ tags: ['base'], notes: method === 'GET' ? 'a\u001b[31m\nb' : '' }) })

  it('adds and takes away, with a word that begins like a flag', async () => {
    const env = await start(answer)
    const { code, stdout } = await cli(['tag', 'q8x', '+base', '-quick', 'plain', '-vv', '-q'], { env })
    expect([code, stdout]).toEqual([0, ''])
    expect(server?.requests[0]).toMatchObject({
      method: 'PATCH',
      body: '{"addTags":["base","plain"],"removeTags":["quick","vv"]}',
    })
    expect((await cli(['tag', 'q8x', '-debug'], { env })).stdout).toBe('q8x2m4kd: base\n')
    expect((await cli(['tag', 'q8x'], { env })).stdout).toBe('base\n')
  })

  it.each([
    [['tag', 'q8x', '+'], 'names no tag'],
    [['tag', 'q8x', '+a', '-a'], 'added and taken away'],
    [['tag', 'q8x', '--colour'], "unknown option '--colour'"],
  ])('refuses %j', async (words, message) => {
    expect(await cli(words)).toMatchObject({ code: 2, stderr: expect.stringContaining(message) as string })
  })

  it('keeps a note, shows it without its control characters, and takes it away', async () => {
    const env = await start(answer)
    expect((await cli(['note', 'q8x'], { env })).stdout).toBe('a\ufffd[31m\nb\n')
    await cli(['note', 'q8x', '-'], { env, stdin: 'two\nlines\n' })
    expect(server?.requests.at(-1)?.body).toBe('{"notes":"two\\nlines"}')
    expect((await cli(['note', 'q8x', ''], { env })).stdout).toBe('q8x2m4kd: note taken away\n')
  })
})

describe('pause, resume, stop and cancel of several sweeps', () => {
  const refusal = JSON.stringify({ error: { code: 'ILLEGAL_TRANSITION', message: 's1 is over', hint: null } })

  it('looks every name up before the first change', async () => {
    const error = JSON.stringify({ error: { code: 'NOT_FOUND', message: 'no sweep', hint: null } })
    const env = await start(({ path }) =>
      path.endsWith('/sx')
        ? { status: 404, text: error }
        : JSON.stringify({ sweep: sweepJson({ id: 's1' }) }),
    )
    expect((await cli(['pause', 's1', 'sx'], { env })).code).toBe(3)
    expect(methods()).toEqual(['GET /sweeps/s1', 'GET /sweeps/sx'])
  })

  it('changes the others when one is refused, and ends with its code', async () => {
    const env = await start(({ method, path }) => {
      const id = path.split('/')[4] ?? ''
      if (method === 'POST' && id === 's1') return { status: 409, text: refusal }
      return JSON.stringify({ sweep: sweepJson({ id, state: 'paused' }), changed: true })
    })
    const { code, stdout, stderr } = await cli(['pause', 's1', 's2', 's2'], { env })
    expect([code, stdout]).toEqual([7, 'Paused s2 "vit-small lr". 6 running runs will go on.\n'])
    expect(stderr).toContain('s1 is over')
  })

  it.each([
    ['pause', 'paused', 0, 'is paused already: nothing to do'],
    ['resume', 'finishing', 0, 'is finishing already'],
    ['pause', 'finished', 7, 'is finished: it cannot become paused'],
    ['cancel', 'stopped', 0, 'Would cancel'],
    ['stop', 'running', 0, 'Would stop'],
  ] as const)('tells what %s of a %s sweep would do', async (action, state, exit, words) => {
    const env = await start(() => JSON.stringify({ sweep: sweepJson({ state }) }))
    const { code, stdout, stderr } = await cli([action, 'k3v9', '--dry-run'], { env })
    expect(code).toBe(exit)
    expect(stdout + stderr).toContain(words)
    expect(server?.requests.every(({ method }) => method === 'GET')).toBe(true)
  })
})
