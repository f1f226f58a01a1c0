// The completion scripts of the shells that a test machine may lack: every command and flag stands in them, and the
// shell itself takes the script where it is installed. What bash really offers is tested in test/e2e.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { COMMANDS } from '../../../cli/command-list.ts'
import { readCommandWords } from '../../../cli/completion/command-words.ts'
import type { CommandWords } from '../../../cli/completion/command-words.ts'
import { cli } from './cli-world.ts'

const scriptOf = async (shell: string) => (await cli(['completion', shell])).stdout
const isInstalled = (shell: string) => spawnSync(shell, ['-c', 'exit 0']).status === 0

function everyFlag({ commands, globalFlags }: CommandWords): string[] {
  return [...commands.flatMap(({ flags }) => flags), ...globalFlags].flatMap(({ names }) => names)
}

describe('the words of the commands', () => {
  it('give each value a kind, by the name of its placeholder', async () => {
    const { commands } = await readCommandWords(COMMANDS)
    const kindOf = (name: string, flag: string) =>
      commands.find((one) => one.name === name)?.flags.find(({ names }) => names.includes(flag))?.value
    expect(kindOf('up', '--data')).toEqual({ kind: 'folder' })
    expect(kindOf('best', '--summary')).toEqual({ kind: 'words', words: ['best', 'last', 'min', 'max'] })
    expect(kindOf('best', '-n')).toEqual({ kind: 'any' })
    expect(kindOf('up', '--detach')).toBeNull()
    expect(commands.find(({ name }) => name === 'validate')?.arguments).toEqual([{ kind: 'file' }])
    expect(commands.find(({ name }) => name === 'agent')).toMatchObject({
      arguments: [{ kind: 'live', source: 'sweeps' }],
      isOpenEnded: true,
    })
  })
})

describe('the script', () => {
  it.each(['bash', 'zsh', 'fish'])('for %s has every command and flag, and no hidden one', async (shell) => {
    const script = await scriptOf(shell)
    const words = await readCommandWords(COMMANDS)
    for (const { name } of words.commands) expect(script).toContain(name)
    for (const flag of everyFlag(words)) {
      const written =
        shell !== 'fish' ? flag : flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`
      expect(script).toContain(written)
    }
    expect(words.commands.map(({ name }) => name)).not.toContain('complete-values')
  })

  it.each(['bash', 'zsh', 'fish'])('for %s has as many opening as closing quotes', async (shell) => {
    // A quote inside of single quotes is written '\\'' in bash and zsh, \\' in fish: without them they come in pairs.
    const script = (await scriptOf(shell)).replaceAll("'\\''", '').replaceAll("\\'", '')
    for (const line of script.split('\n').filter((one) => !one.startsWith('#')))
      expect([...line].filter((sign) => sign === "'").length % 2, line).toBe(0)
  })

  it.each(['bash', 'zsh', 'fish'].filter(isInstalled))('for %s is taken by the shell', async (shell) => {
    const path = join(mkdtempSync(join(tmpdir(), 'sweep-completion-')), 'script')
    writeFileSync(path, await scriptOf(shell))
    expect(execFileSync(shell, ['-n', path], { encoding: 'utf8' })).toBe('')
  })

  it('for another shell is refused', async () => {
    const { code, stderr } = await cli(['completion', 'tcsh'])
    expect(code).toBe(2)
    expect(stderr).toContain('For bash, zsh or fish.')
  })
})
