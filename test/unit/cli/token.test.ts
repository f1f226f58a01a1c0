import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { findToken } from '../../../cli/token.ts'
import { resolveServerAddress } from '../../../cli/server-address.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const SERVER = 'http://127.0.0.1:8765'
const token = (letter: string) => letter.repeat(48)

describe('findToken', () => {
  let root: string
  let cwd: string
  let env: Record<string, string>

  beforeEach(() => {
    root = temporaryFolder('sweep-token-')
    cwd = join(root, 'project', 'deep')
    mkdirSync(cwd, { recursive: true })
    env = { HOME: root, XDG_CONFIG_HOME: join(root, 'config'), XDG_STATE_HOME: join(root, 'state') }
  })

  const write = (path: string, text: string) => {
    mkdirSync(join(path, '..'), { recursive: true })
    writeFileSync(path, text)
  }
  const find = () => findToken({ env, cwd, server: SERVER })

  it('takes each place only when those before it hold none', () => {
    expect(find()).toBeNull()
    write(join(root, 'state/sweep/up-8765.json'), JSON.stringify({ url: SERVER, token: token('f') }))
    expect(find()?.token).toBe(token('f'))
    write(join(root, 'project/.sweep/admin-token'), `${token('e')}\n`)
    expect(find()?.token).toBe(token('e'))
    write(join(root, 'data/admin-token'), token('d'))
    env['SWEEP_DATA'] = join(root, 'data')
    expect(find()?.token).toBe(token('d'))
    write(join(root, 'config/sweep/credentials'), JSON.stringify({ [SERVER]: token('c') }))
    expect(find()?.token).toBe(token('c'))
    write(join(root, 'token-file'), `${token('b')}\n`)
    env['SWEEP_TOKEN_FILE'] = join(root, 'token-file')
    expect(find()?.token).toBe(token('b'))
    env['SWEEP_TOKEN'] = token('a')
    expect(find()).toEqual({ token: token('a'), origin: 'SWEEP_TOKEN' })
  })

  it('offers the token of a running controller to that controller alone', () => {
    write(
      join(root, 'state/sweep/up-1.json'),
      JSON.stringify({ url: 'http://127.0.0.1:1', token: token('f') }),
    )
    expect(find()).toBeNull()
  })

  it('offers kept credentials to their server alone', () => {
    write(join(root, 'config/sweep/credentials'), JSON.stringify({ 'http://other:1': token('c') }))
    expect(find()).toBeNull()
  })

  it('refuses a named file that is missing or holds something else', () => {
    env['SWEEP_TOKEN_FILE'] = 'absent'
    expect(find).toThrow(/SWEEP_TOKEN_FILE: cannot read/)
    write(join(cwd, 'absent'), 'not a token')
    expect(find).toThrow(/does not hold a token/)
  })

  it('never puts a token into a message', () => {
    env['SWEEP_TOKEN'] = `${token('s')}!`
    expect(find).toThrow(/^SWEEP_TOKEN does not hold a token$/)
  })

  it('passes over a half-written file', () => {
    write(join(root, 'config/sweep/credentials'), '{"http')
    write(join(cwd, '.sweep/admin-token'), 'short')
    write(join(root, 'project/.sweep/admin-token'), token('e'))
    expect(find()?.token).toBe(token('e'))
  })
})

describe('resolveServerAddress', () => {
  it('prefers the flag, then the environment, then the default', () => {
    const env = { SWEEP_SERVER: 'https://gpu-head/' }
    expect(resolveServerAddress(env, 'http://b:2/')).toEqual({ url: 'http://b:2', origin: 'flag' })
    expect(resolveServerAddress(env, undefined)).toEqual({ url: 'https://gpu-head', origin: 'environment' })
    expect(resolveServerAddress({}, undefined)).toEqual({ url: SERVER, origin: 'default' })
  })

  it('refuses what is no web address, and one with a password in it', () => {
    expect(() => resolveServerAddress({}, 'localhost:8765')).toThrow(/--server: "localhost:8765" is not/)
    expect(() => resolveServerAddress({ SWEEP_SERVER: 'http://u:p@h' }, undefined)).toThrow(/password/)
  })
})
