import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import {
  credentialsPath,
  forgetCredential,
  keepCredential,
  readCredential,
} from '../../../cli/credentials.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const A = 'http://a:1'
const B = 'https://b'
const TOKEN = 't'.repeat(48)

let env: Record<string, string>
beforeEach(() => {
  env = { XDG_CONFIG_HOME: temporaryFolder('sweep-credentials-') }
})

describe('credentials', () => {
  it('are kept for each server, and forgotten one by one', () => {
    expect(forgetCredential(env, A)).toBe(false)
    keepCredential(env, A, TOKEN)
    keepCredential(env, B, 'u'.repeat(48))
    keepCredential(env, A, 'v'.repeat(48))
    expect([readCredential(env, A), readCredential(env, B)]).toEqual(['v'.repeat(48), 'u'.repeat(48)])

    expect(forgetCredential(env, A)).toBe(true)
    expect([readCredential(env, A), readCredential(env, B)]).toEqual([null, 'u'.repeat(48)])
  })

  it('are readable by their owner alone, also where the file was open before, and leave no draft', () => {
    const path = credentialsPath(env)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, JSON.stringify({ [B]: TOKEN }), { mode: 0o644 })
    expect(keepCredential(env, A, TOKEN)).toBe(path)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(readdirSync(dirname(path))).toEqual(['credentials'])
    expect(readCredential(env, B)).toBe(TOKEN)
  })

  it('are written anew where the file is half-written', () => {
    const path = keepCredential(env, B, TOKEN)
    writeFileSync(path, '{"https')
    expect(readCredential(env, B)).toBeNull()
    keepCredential(env, A, TOKEN)
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ [A]: TOKEN })
  })

  it('say where they cannot be written', () => {
    const file = join(env['XDG_CONFIG_HOME'] ?? '', 'sweep')
    writeFileSync(file, '')
    expect(() => keepCredential(env, A, TOKEN)).toThrow(/sweep\/credentials cannot be written/)
  })
})
