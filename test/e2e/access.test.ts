// Tokens, login and logout with the command as it is shipped: who may do what, and what is kept where.
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startCluster, sweepCommand, type Cluster } from '../support/cluster.ts'
import { runCommand } from '../support/processes.ts'
import { waitFor } from '../support/wait.ts'

const QUICK = `method: grid
command: [node, -e, 'console.log(JSON.stringify({loss: 1}))']
metric: {name: loss, goal: minimize}
parameters: {lr: {values: [1]}}
`

let cluster: Cluster
beforeAll(async () => {
  cluster = await startCluster()
})
afterAll(async () => {
  expect(await cluster.close()).toEqual([])
})

/** Without the token that the cluster puts into the environment. */
const withoutToken = () => ({ SWEEP_TOKEN: '', SWEEP_DATA: '' })
/** No other place either has a token: not the file that the running controller leaves. */
const asStranger = () => ({ ...withoutToken(), XDG_STATE_HOME: join(cluster.folder, 'nowhere') })
const credentials = () => join(cluster.folder, 'home', '.config', 'sweep', 'credentials')

async function makeToken(role: string): Promise<{ id: string; secret: string }> {
  const made = (await cluster.sweepJson(['token', 'new', '--role', role])) as {
    token: { id: string }
    secret: string
  }
  return { id: made.token.id, secret: made.secret }
}

describe('sweep token', () => {
  it('prints the new token alone on stdout, and the rest on stderr', async () => {
    const made = await cluster.sweep(['token', 'new', '--role', 'read', '--ttl', '2h', '--name', 'a friend'])
    expect(made).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^swp_[A-Za-z0-9]{54}\n$/) as string,
    })
    expect(made.stderr).toMatch(/^viewer token \w{8}, until \d{4}-.*It is not shown again\.\n$/)

    const list = await cluster.sweep(['token', 'ls'])
    expect(list.stdout).toMatch(/a friend +viewer +good +\d{4}-\d\d-\d\d +never +admin-token/)
    expect(list.stdout).not.toContain(made.stdout.trim())
  })

  it('makes tokens of three roles, each for its own work', async () => {
    const id = await cluster.create(cluster.writeFile('quick.yaml', QUICK))
    const codes = async (secret: string) => {
      const env = { SWEEP_TOKEN: secret }
      const create = await cluster.sweep(['create', join(cluster.folder, 'quick.yaml'), '-q'], { env })
      const show = await cluster.sweep(['show', id], { env })
      const agent = await cluster.sweep(['agent', id, '--json'], { env })
      const list = await cluster.sweep(['token', 'ls'], { env })
      return { create: create.code, show: show.code, agent: agent.code, list: list.code }
    }
    expect(await codes((await makeToken('viewer')).secret)).toEqual({ create: 4, show: 0, agent: 4, list: 4 })
    expect(await codes((await makeToken('agent')).secret)).toEqual({ create: 4, show: 4, agent: 0, list: 4 })
    expect(await codes((await makeToken('admin')).secret)).toEqual({ create: 0, show: 0, agent: 0, list: 0 })
  })

  it('revokes by the start of an id, at once', async () => {
    const { id, secret } = await makeToken('viewer')
    const env = { SWEEP_TOKEN: secret }
    expect((await cluster.sweep(['ls'], { env })).code).toBe(0)

    expect((await cluster.sweep(['token', 'revoke', id.slice(0, 6)])).stdout).toMatch(/^Revoked /)
    const refused = await cluster.sweep(['ls'], { env })
    expect(refused.code).toBe(4)
    expect(refused.stderr).toMatch(/was revoked at/)
    expect((await cluster.sweep(['token', 'revoke', id])).stdout).toMatch(/was revoked before/)
    expect((await cluster.sweep(['token', 'ls', '-q'])).stdout).not.toContain(id)
    expect((await cluster.sweep(['token', 'ls', '-q', '--all'])).stdout).toContain(id)
  })

  it.each([
    [['new'], 2, /which role/],
    [['new', '--role', 'root'], 2, /"root" is no role/],
    [['new', '--role', 'viewer', '--ttl', 'soon'], 2, /not a duration/],
    [['new', '--role', 'viewer', '--ttl', '99999d'], 2, /ttlSeconds/],
    [['revoke'], 2, /which token/],
    [['revoke', 'zzzzzzzz'], 3, /no token "zzzzzzzz"/],
    [['forge'], 2, /no such action/],
  ])('token %j ends with %i, in words', async (words, code, message) => {
    const refused = await cluster.sweep(['token', ...words])
    expect(refused).toMatchObject({ code, stdout: '', stderr: expect.stringMatching(message) as string })
  })
})

describe('sweep login', () => {
  beforeEach(async () => {
    await cluster.sweep(['logout'])
  })

  it('keeps a token that came through a pipe, for this user alone, until logout', async () => {
    const { secret } = await makeToken('viewer')
    const env = asStranger()
    expect((await cluster.sweep(['whoami'], { env })).code).toBe(4)

    const login = await cluster.sweep(['login'], { env, stdin: `${secret}\n` })
    expect(login).toMatchObject({ code: 0 })
    expect(login.stdout).toMatch(/^logged in to http:\S+ as \w{8} \(viewer\), until /)
    expect(login.stdout + login.stderr).not.toContain(secret)
    expect(statSync(credentials()).mode & 0o777).toBe(0o600)

    const whoami = await cluster.sweepJson(['whoami'], { env })
    expect(whoami).toMatchObject({
      schema: 'sweep.whoami/1',
      role: 'viewer',
      server: cluster.server,
      tokenFrom: credentials(),
    })
    expect((await cluster.sweep(['logout'], { env })).stdout).toBe(`logged out of ${cluster.server}\n`)
    expect(existsSync(credentials())).toBe(false)
    expect((await cluster.sweep(['whoami'], { env })).code).toBe(4)
    expect((await cluster.sweep(['logout'], { env })).code).toBe(0)
  })

  it('takes the token from a file and the server from its argument, and keeps one for each server', async () => {
    const first = await makeToken('viewer')
    const second = await makeToken('admin')
    const other = cluster.server.replace('127.0.0.1', 'localhost')
    const env = asStranger()
    const file = cluster.writeFile('token', `${first.secret}\n`)
    expect((await cluster.sweep(['login', other, '--token-file', file], { env })).code).toBe(0)
    expect((await cluster.sweep(['login', '--json'], { env, stdin: second.secret })).code).toBe(0)

    expect(Object.keys(JSON.parse(readFileSync(credentials(), 'utf8')) as object)).toEqual([
      other,
      cluster.server,
    ])
    expect(await cluster.sweepJson(['whoami', '--server', other], { env })).toMatchObject({ role: 'viewer' })
    expect(await cluster.sweepJson(['whoami'], { env })).toMatchObject({ role: 'admin' })
    await cluster.sweep(['logout', other], { env })
  })

  it('comes after SWEEP_TOKEN and SWEEP_TOKEN_FILE, and before what lies in folders', async () => {
    const kept = await makeToken('viewer')
    const file = cluster.writeFile('agent-token', (await makeToken('agent')).secret)
    await cluster.sweep(['login'], { env: withoutToken(), stdin: kept.secret })
    const roleWith = async (env: Record<string, string>) =>
      ((await cluster.sweepJson(['whoami'], { env })) as { role: string }).role
    const inDataFolder = { ...withoutToken(), SWEEP_DATA: cluster.dataFolder }

    expect(await roleWith({ SWEEP_TOKEN: cluster.token, SWEEP_TOKEN_FILE: file })).toBe('admin')
    expect(await roleWith({ ...inDataFolder, SWEEP_TOKEN_FILE: file })).toBe('agent')
    expect(await roleWith(inDataFolder)).toBe('viewer')
    await cluster.sweep(['logout'])
    expect(await roleWith(inDataFolder)).toBe('admin')
  })

  it('keeps nothing that the server refuses, or that was cut off on its way', async () => {
    const env = asStranger()
    const { secret } = await makeToken('viewer')
    const wrong = await cluster.sweep(['login'], { env, stdin: 'f'.repeat(48) })
    expect(wrong).toMatchObject({ code: 4, stderr: expect.stringMatching(/not known here/) as string })
    const cut = await cluster.sweep(['login'], { env, stdin: secret.slice(0, -1) })
    expect(cut).toMatchObject({ code: 4, stderr: expect.stringMatching(/incomplete or mistyped/) as string })
    const none = await cluster.sweep(['login'], { env, stdin: '' })
    expect(none).toMatchObject({ code: 4, stderr: expect.stringMatching(/does not hold a token/) as string })
    const gone = await cluster.sweep(['login', 'http://127.0.0.1:1'], { env, stdin: secret })
    expect(gone.code).toBe(5)
    expect(existsSync(credentials())).toBe(false)
  })

  it('asks on a terminal and does not show what is typed', async () => {
    const { secret } = await makeToken('viewer')
    // A terminal of its own: types the token once it was asked for, and prints all that the terminal showed.
    const typist = `
import os, pty, sys
child, terminal = pty.fork()
if child == 0: os.execv(sys.argv[1], sys.argv[1:])
shown = b''
while True:
    try: part = os.read(terminal, 4096)
    except OSError: break
    if not part: break
    asked = b'Token for' in shown
    shown += part
    if not asked and b'Token for' in shown: os.write(terminal, os.environ['TYPED'].encode() + b'\\r')
sys.stdout.write(shown.decode())
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
`
    const file = cluster.writeFile('typist.py', typist)
    const typed = await runCommand(['python3', file, ...sweepCommand, 'login'], {
      cwd: cluster.folder,
      env: {
        ...asStranger(),
        PATH: process.env['PATH'] ?? '',
        HOME: join(cluster.folder, 'home'),
        SWEEP_SERVER: cluster.server,
        TYPED: secret,
      },
    })
    expect(typed.stdout).toMatch(/Token for http:/)
    expect(typed.stdout).toMatch(/logged in to .* \(viewer\)/)
    expect(typed.stdout).not.toContain(secret.slice(0, 12))
    expect(typed.code).toBe(0)
  })
})

describe('what is written down', () => {
  it('holds no token and no ticket: not the log, not the database, not an argument list', async () => {
    const { secret } = await makeToken('admin')
    const answer = await fetch(`${cluster.server}/api/v1/session/ticket`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}` },
    })
    const { ticket } = (await answer.json()) as { ticket: string }
    const session = await fetch(`${cluster.server}/api/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ticket }),
    })
    const cookie = /=(sws_\w+)/.exec(session.headers.get('set-cookie') ?? '')?.[1] ?? 'missing'
    const written = ['sweep.db', 'sweep.db-wal']
      .map((name) => join(cluster.dataFolder, name))
      .filter(existsSync)
      .map((path) => readFileSync(path, 'latin1'))
    written.push(cluster.logs(10_000), ...cluster.processes().map((found) => JSON.stringify(found)))
    for (const hidden of [secret, ticket, cookie, cluster.token]) {
      expect(hidden.length).toBeGreaterThan(40)
      for (const text of written) expect(text.includes(hidden)).toBe(false)
    }
  })

  it('keeps a page logged in over a restart of the controller', async () => {
    const login = await fetch(`${cluster.server}/api/v1/session`, {
      method: 'POST',
      headers: { authorization: `Bearer ${cluster.token}` },
    })
    const cookie = (login.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
    cluster.controller().signal('SIGKILL')
    await cluster.controller().exited
    cluster.startController()
    await cluster.waitUntilReady()

    const answer = await waitFor('it answers', () =>
      fetch(`${cluster.server}/api/v1/whoami`, { headers: { cookie } }),
    )
    expect(await answer.json()).toMatchObject({ name: 'admin-token', role: 'admin' })
  })
})
