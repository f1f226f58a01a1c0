// A controller that speaks TLS itself: the command, the agent and its tunnel verify it.
import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeCertificate, type TestCertificate } from '../support/certificates.ts'
import { isolatedEnvironment, startCluster, sweepCommand, type Cluster } from '../support/cluster.ts'
import { runCommand } from '../support/processes.ts'
import { waitFor } from '../support/wait.ts'

const QUICK = `method: grid
command: [node, -e, 'console.log(JSON.stringify({loss: 1}))']
metric: {name: loss, goal: minimize}
parameters: {lr: {values: [1, 2]}}
`

let folder: string
let certificate: TestCertificate
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sweep-tls-'))
  certificate = makeCertificate(folder, 'first')
})
afterAll(() => rmSync(folder, { recursive: true }))

describe('sweep up with a certificate', () => {
  let cluster: Cluster
  beforeAll(async () => {
    cluster = await startCluster({
      flags: ['--tls-cert', certificate.cert, '--tls-key', certificate.key],
      env: { NODE_EXTRA_CA_CERTS: certificate.ca },
    })
  })
  afterAll(async () => {
    expect(await cluster.close()).toEqual([])
  })

  it('is ready by https, and an agent works a sweep through its tunnel', async () => {
    expect(cluster.server).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/)
    const id = await cluster.create(cluster.writeFile('quick.yaml', QUICK))
    const agent = cluster.startAgent({ name: 'agent', sweepIds: [id] })
    expect(await agent.exited).toEqual({ code: 0, signal: null })
    const shown = (await cluster.sweepJson(['show', id])) as { sweep: { state: string; url: string } }
    expect(shown.sweep).toMatchObject({ state: 'finished', url: `${cluster.server}/s/${id}` })
  })

  it('is not trusted without its authority: command and agent say why and end with 5 at once', async () => {
    const env = { NODE_EXTRA_CA_CERTS: '' }
    const refused = await cluster.sweep(['ls'], { env })
    expect(refused).toMatchObject({ code: 5, stdout: '' })
    expect(refused.stderr).toMatch(/is not trusted: its certificate is signed by an authority/)
    expect(refused.stderr).toMatch(/NODE_EXTRA_CA_CERTS=FILE/)

    const id = await cluster.create(cluster.writeFile('quick.yaml', QUICK))
    const agent = await cluster.sweep(['agent', id], { env })
    expect(agent.code).toBe(5)
    await cluster.sweep(['cancel', id, '--yes'])
  })

  it('is not trusted under a name that it is not for', async () => {
    const other = cluster.server.replace('127.0.0.1', 'localhost')
    const refused = await cluster.sweep(['ls', '--server', other])
    expect(refused.code).toBe(5)
    expect(refused.stderr).toMatch(/its certificate is for another name/)
  })

  it('marks the cookie as for TLS alone, and tells browsers to stay with it', async () => {
    const { headers } = await post(cluster, '/api/v1/session', { authorization: `Bearer ${cluster.token}` })
    expect(headers['set-cookie']?.[0]).toMatch(/HttpOnly; Secure; SameSite=Strict$/)
    expect(headers['strict-transport-security']).toBe('max-age=15552000')
  })

  it('takes no change from a page of the same name by http', async () => {
    const session = await post(cluster, '/api/v1/session', { authorization: `Bearer ${cluster.token}` })
    const cookie = session.headers['set-cookie']?.[0]?.split(';')[0] ?? ''
    const pause = (origin: string) => post(cluster, '/api/v1/sweeps/zzzzzzzz/pause', { cookie, origin })
    expect((await pause(cluster.server.replace('https:', 'http:'))).statusCode).toBe(403)
    expect((await pause(cluster.server)).statusCode).toBe(404)
  })

  it('speaks no TLS older than 1.2', async () => {
    const { port } = new URL(cluster.server)
    const protocolWith = (maxVersion: 'TLSv1.1' | 'TLSv1.2') =>
      new Promise<string | null>((resolve) => {
        const options = { port: Number(port), host: '127.0.0.1', ca: readFileSync(certificate.ca) }
        const ciphers = 'DEFAULT@SECLEVEL=0' // ours must be willing, so that it is the server who refuses
        const socket = connect({ ...options, minVersion: 'TLSv1', maxVersion, ciphers }, () => {
          resolve(socket.getProtocol())
          socket.destroy()
        })
        socket.on('error', () => resolve(null))
      })
    expect(await protocolWith('TLSv1.2')).toBe('TLSv1.2')
    expect(await protocolWith('TLSv1.1')).toBeNull()
  })

  it('shows a renewed certificate after SIGHUP, and keeps the old one when the new one is none', async () => {
    const shown = () =>
      new Promise<string>((resolve, reject) => {
        const options = { port: Number(new URL(cluster.server).port), host: '127.0.0.1' }
        const socket = connect({ ...options, rejectUnauthorized: false }, () => {
          resolve(String(socket.getPeerCertificate().subject.CN))
          socket.destroy()
        })
        socket.on('error', reject)
      })
    expect(await shown()).toBe('first')

    const original = readFileSync(certificate.cert)
    writeFileSync(certificate.cert, 'rubbish')
    cluster.controller().signal('SIGHUP')
    await waitFor('it is refused', () => cluster.controller().stderr().includes('certificate_refused'))
    expect(await shown()).toBe('first')

    const second = makeCertificate(folder, 'second')
    const originalKey = readFileSync(certificate.key)
    copyFileSync(second.cert, certificate.cert)
    copyFileSync(second.key, certificate.key)
    cluster.controller().signal('SIGHUP')
    await waitFor('it is shown', async () => (await shown()) === 'second')
    writeFileSync(certificate.cert, original)
    writeFileSync(certificate.key, originalKey)
  })
})

describe('a certificate that is no good', () => {
  const up = (...flags: string[]) =>
    runCommand([...sweepCommand, 'up', '--port', '0', '--data', join(folder, 'data'), ...flags], {
      env: isolatedEnvironment(folder),
      cwd: folder,
    })
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }

  it('ends the start with 2 and says what is wrong with which file', async () => {
    const { cert, key } = certificate
    const other = makeCertificate(folder, 'other')
    const old = join(folder, 'old.cert')
    const span = ['-not_before', '20200101000000Z', '-not_after', '20200102000000Z']
    const canDate = opensslCan('-not_after')
    if (canDate)
      execFileSync('openssl', ['x509', '-new', '-subj', '/CN=old', '-key', key, ...span, '-out', old])
    const cases: [string[], RegExp][] = [
      [['--tls-cert', cert], /--tls-cert stands alone/],
      [['--tls-key', key], /--tls-key stands alone/],
      [['--tls-cert', join(folder, 'absent'), '--tls-key', key], /--tls-cert: cannot read .*absent/],
      [['--tls-cert', cert, '--tls-key', join(folder, 'absent')], /--tls-key: cannot read .*absent/],
      [['--tls-cert', file('text', 'hello'), '--tls-key', key], /text holds no certificate/],
      [['--tls-cert', cert, '--tls-key', file('text', 'hello')], /text holds no key/],
      [['--tls-cert', cert, '--tls-key', other.key], /is not the key of/],
      ...(canDate
        ? [[['--tls-cert', old, '--tls-key', key], /expired on Jan {2}2/] as [string[], RegExp]]
        : []),
    ]
    for (const [flags, message] of cases) {
      const { code, stdout, stderr } = await up(...flags)
      expect({ flags, code, stdout }).toEqual({ flags, code: 2, stdout: '' })
      expect(stderr).toMatch(message)
    }
  })
})

/** Dates of a certificate can be chosen from OpenSSL 3.4 on. */
function opensslCan(option: string): boolean {
  return execFileSync('openssl', ['x509', '-help'], { stdio: 'pipe', encoding: 'utf8' }).includes(option)
}

function post(
  { server }: Cluster,
  path: string,
  headers: Record<string, string>,
): Promise<{
  statusCode: number
  headers: Record<string, string | undefined> & { 'set-cookie'?: string[] }
}> {
  return new Promise((resolve, reject) => {
    const options = { method: 'POST', ca: readFileSync(certificate.ca), headers }
    const asked = request(server + path, options, (response) => {
      response.resume()
      resolve({ statusCode: response.statusCode ?? 0, headers: response.headers as never })
    })
    asked.on('error', reject)
    asked.end()
  })
}
