import { chownSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseSettingsText, withoutSetting, withSetting } from '../../../cli/settings-file.ts'
import { loadSettings } from '../../../cli/settings.ts'
import { cli, serve } from './cli-world.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

interface Folders {
  readonly root: string
  readonly below: string
  readonly projectFile: string
  readonly userFile: string
  readonly env: Record<string, string>
}

/** A folder with both settings files, and one below it. */
function makeFolders(project: string | null, user: string | null): Folders {
  const root = temporaryFolder('sweep-settings-')
  const below = join(root, 'a', 'b')
  for (const path of [below, join(root, '.sweep'), join(root, 'xdg', 'sweep')])
    mkdirSync(path, { recursive: true })
  const projectFile = join(root, '.sweep', 'config.yaml')
  const userFile = join(root, 'xdg', 'sweep', 'config.yaml')
  if (project !== null) writeFileSync(projectFile, project)
  if (user !== null) writeFileSync(userFile, user)
  return { root, below, projectFile, userFile, env: { XDG_CONFIG_HOME: join(root, 'xdg') } }
}

describe('the text of a settings file', () => {
  it('reads plain words, quotes and comments', () => {
    const text = "# a file\nserver: http://h:1 # mine\n\nproject: \"a: b\"\ncolor: 'it''s'\n"
    expect(parseSettingsText(text, 'f').map(({ key, value, line }) => [key, value, line])).toEqual([
      ['server', 'http://h:1', 2],
      ['project', 'a: b', 4],
      ['color', "it's", 5],
    ])
  })

  it.each([
    ['server:\n', 'expected KEY: VALUE'],
    ['  server: x\n', 'expected KEY: VALUE'],
    ['server: [a]\n', 'expected KEY: VALUE'],
    ['server: a\nserver: b\n', '"server" stands here twice'],
  ])('refuses %j', (text, message) => {
    expect(() => parseSettingsText(text, 'f')).toThrow(message)
  })

  it('keeps what it did not change', () => {
    const text = '# mine\nproject: a\n# about the server\nserver: http://h:1\n'
    expect(withSetting(text, 'project', 'b')).toBe(text.replace('a\n', 'b\n'))
    expect(withoutSetting(text, 'server')).toBe('# mine\nproject: a\n# about the server\n')
    expect(withSetting('', 'project', 'x')).toBe('project: x\n')
  })

  it.each([' \u2028', 'a\u2029b', '\u2028'])('reads back %j, which ends no line', (value) => {
    expect(parseSettingsText(withSetting('color: auto\n', 'project', value), 'f')[1]?.value).toBe(value)
  })

  it('reads back every value it wrote', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (value) => {
        fc.pre(!/[\n\r]/.test(value))
        expect(parseSettingsText(withSetting('color: auto\n', 'project', value), 'f')[1]?.value).toBe(value)
      }),
    )
  })
})

describe('which setting holds', () => {
  it('goes from the flag over the variable, the project and the user to the default', () => {
    const { below, env, projectFile, userFile } = makeFolders(
      'project: from-project\n',
      'project: from-user\ncolor: never\n',
    )
    const holding = (changes: Record<string, string>, flags = {}) =>
      loadSettings({ ...env, ...changes }, below)
        .describe(flags)
        .find(({ key }) => key === 'project')
    expect(holding({ SWEEP_PROJECT: 'v' }, { project: 'f' })).toMatchObject({ value: 'f', origin: 'flag' })
    expect(holding({ SWEEP_PROJECT: 'v' })).toMatchObject({ value: 'v', place: 'SWEEP_PROJECT' })
    expect(holding({})).toMatchObject({ value: 'from-project', place: `${projectFile}:1` })
    writeFileSync(projectFile, '')
    expect(holding({})).toMatchObject({ value: 'from-user', place: `${userFile}:1` })
    writeFileSync(userFile, '')
    expect(holding({})).toMatchObject({ value: null, origin: 'default', place: null })
  })

  it('takes a relative data folder from where the file stands', () => {
    const { root, below, env } = makeFolders('data: runs\n', null)
    expect(loadSettings(env, below).env['SWEEP_DATA']).toBe(join(root, 'runs'))
  })

  it('lets NO_COLOR win over a file', () => {
    const { below, env } = makeFolders('color: always\n', null)
    expect(loadSettings(env, below).env['SWEEP_COLOR']).toBe('always')
    expect(loadSettings({ ...env, NO_COLOR: '1' }, below).env['SWEEP_COLOR']).toBeUndefined()
  })

  it.skipIf(process.getuid?.() !== 0)('is not read from a file of another user', async () => {
    const { below, env, projectFile } = makeFolders('server: http://evil.example\n', null)
    chownSync(projectFile, 12_345, 12_345)
    const { stdout, stderr } = await cli(['config', 'get', 'server'], { env, cwd: below })
    expect(stdout).toBe('http://127.0.0.1:8765\n')
    expect(stderr).toBe(`! ${projectFile} is not read: it belongs to another user (uid 12345).\n`)
  })

  it.each([
    ['sever: http://h:1\n', 'Did you mean "server"?'],
    ['api_key: abc\n', 'sweep login'],
    ['server: gpu-head\n', 'Write it as http://127.0.0.1:8765'],
  ])('is not guessed from %j', async (text, hint) => {
    const { below, env, projectFile } = makeFolders(text, null)
    const { code, stderr } = await cli(['ls'], { env, cwd: below })
    expect(code).toBe(6)
    expect(stderr).toContain(`${projectFile}:1:1`)
    expect(stderr).toContain(hint)
  })
})

describe('settings files and the commands', () => {
  it('every command honours: server, project and color', async () => {
    const server = await serve(() => '{"sweeps":[]}')
    try {
      const { below, env } = makeFolders(`server: ${server.url}\nproject: vision\n`, 'color: always\n')
      const { code } = await cli(['ls', '--json'], { env, cwd: below })
      expect(code).toBe(0)
      expect(server.requests).toMatchObject([{ path: '/api/v1/sweeps', query: { project: 'vision' } }])
      const failed = await cli(['show', 'x'], { env: { ...env, SWEEP_SERVER: 'no-address' }, cwd: below })
      expect(failed.stderr).toContain('\u001b[31m✗')
    } finally {
      await server.close()
    }
  })

  it('set, get, list and unset change the nearest file, or the user’s', async () => {
    const { root, below, env, projectFile, userFile } = makeFolders('# ours\n', null)
    const run = (...words: string[]) => cli(['config', ...words], { env, cwd: below })
    expect((await run('set', 'server', 'http://gpu-head:8765/')).code).toBe(0)
    expect((await run('set', 'project', 'a b', '--global')).code).toBe(0)
    expect(readFileSync(projectFile, 'utf8')).toBe('# ours\nserver: http://gpu-head:8765\n')
    expect(readFileSync(userFile, 'utf8')).toBe('project: a b\n')
    expect((await run('get', 'project')).stdout).toBe('a b\n')
    expect((await run('list', '--origin')).stdout).toContain(
      `server   http://gpu-head:8765  project  ${projectFile}:2\n`,
    )
    const listed = JSON.parse((await run('list', '--json')).stdout) as { settings: unknown[] }
    expect(listed).toMatchObject({ schema: 'sweep.config/1' })
    expect(listed.settings).toHaveLength(4)
    expect((await run('unset', 'server')).code).toBe(0)
    expect(readFileSync(projectFile, 'utf8')).toBe('# ours\n')
    expect((await run('get', 'project', '--project', 'flag')).stdout).toBe('flag\n')
    expect(root).not.toBe(below)
  })

  it('a first setting makes .sweep/config.yaml here', async () => {
    const cwd = temporaryFolder('sweep-settings-')
    await cli(['config', 'set', 'color', 'never'], { cwd })
    expect(readFileSync(join(cwd, '.sweep', 'config.yaml'), 'utf8')).toBe('color: never\n')
  })

  it.each([
    [['set', 'token', 'x'.repeat(50)], 'settings files hold none', 2],
    [['set', 'wandb_api_key', 'x'], 'settings files hold none', 2],
    [['set', 'colour', 'never'], 'Did you mean "color"?', 2],
    [['set', 'color', 'red'], 'not auto, always or never', 2],
    [['get', 'project'], 'project is not set', 3],
    [['sett', 'color', 'never'], 'Actions: list, get, set, unset.', 2],
    [['set', 'color'], 'takes 2 words, found 1', 2],
  ])('%j is refused', async (words, message, exit) => {
    const { code, stdout, stderr } = await cli(['config', ...words])
    expect([code, stdout]).toEqual([exit, ''])
    expect(stderr).toContain(message)
  })

  it('a broken file stops neither its repair nor the doctor, and a secret can be taken out of it', async () => {
    const { below, env, projectFile } = makeFolders('token: abc\n', null)
    const { code, stdout } = await cli(['doctor', '--agent', '--server', 'http://127.0.0.1:1'], {
      env,
      cwd: below,
    })
    expect(code).toBe(5)
    expect(stdout).toMatch(/✗ settings .*config\.yaml:1:1/)
    expect((await cli(['help', 'settings'], { env, cwd: below })).code).toBe(0)
    expect((await cli(['config', 'unset', 'token'], { env, cwd: below })).code).toBe(0)
    expect(readFileSync(projectFile, 'utf8')).toBe('')
  })
})
