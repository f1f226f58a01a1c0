// The topics of `sweep help` say what the code does: what can be compared with a table of the code is.
import { describe, expect, it } from 'vitest'
import { HELP_TOPICS } from '../../../cli/help-topics.ts'
import { SETTING_KEYS, SETTINGS } from '../../../cli/settings.ts'
import { COMMANDS } from '../../../cli/command-list.ts'
import { ERROR_CODES } from '../../../sweeps/errors.ts'
import { RUN_STATES } from '../../../sweeps/run.ts'
import { SWEEP_STATES } from '../../../sweeps/sweep.ts'
import { cli } from './cli-world.ts'

const topic = (name: string) => HELP_TOPICS[name]?.text ?? ''

describe('the topics of help', () => {
  it('are all listed, each with its summary', async () => {
    const { stdout } = await cli(['help', 'topics'])
    for (const [name, { summary }] of Object.entries(HELP_TOPICS))
      expect(stdout).toContain(`${name.padEnd(12)}  ${summary}`)
  })

  it('exit-codes names every code that an error ends with', () => {
    const codes = new Set(Object.values(ERROR_CODES).map(({ exitCode }) => exitCode))
    for (const code of codes) expect(topic('exit-codes')).toMatch(new RegExp(`^  ${code}  `, 'm'))
  })

  it('states names every state of a sweep and of a run', () => {
    for (const state of [...SWEEP_STATES, ...RUN_STATES])
      expect(topic('states')).toMatch(new RegExp(`^  ${state}  `, 'm'))
  })

  it('settings and env name every setting with its variable', () => {
    for (const key of SETTING_KEYS) {
      expect(topic('settings')).toMatch(new RegExp(`^  ${key}  .*${SETTINGS[key].variable}$`, 'm'))
      expect(topic('env')).toContain(SETTINGS[key].variable)
    }
  })

  it('end with what to do next, are 80 columns wide at the most, and name only commands and topics that are there', () => {
    const known = new Set([...COMMANDS.map(({ name }) => name), 'help', 'COMMAND'])
    for (const [name, { text }] of Object.entries(HELP_TOPICS)) {
      expect(text, name).toMatch(/\n\nNext\n {2}\S.*\n$/)
      const lines = text.split('\n')
      expect(
        lines.filter((line) => line.length > 80),
        name,
      ).toEqual([])
      // `sweep NAME` at the start of a line, or followed by words that make it a command.
      const named = [...text.matchAll(/(?:^ {2,}|: |`)sweep ([a-z][a-z-]*)/gm)].map(
        ([, command = '']) => command,
      )
      expect(
        named.filter((command) => !known.has(command)),
        name,
      ).toEqual([])
      const topics = [...text.matchAll(/sweep help ([a-z-]+)/g)].map(([, one = '']) => one)
      expect(
        topics.filter((one) => !(one in HELP_TOPICS) && !known.has(one)),
        name,
      ).toEqual([])
    }
  })
})

describe('hints', () => {
  it.each(COMMANDS.map((entry) => entry.name))(
    'of %s name only commands and topics that are there',
    async (name) => {
      const known = new Set([...COMMANDS.map((entry) => entry.name), 'COMMAND'])
      const { stdout } = await cli([name, '--help'])
      const next = stdout.slice(stdout.indexOf('\nNext\n'))
      const named = [...next.matchAll(/^ {2}sweep ([a-z][a-z-]*)/gm)].map(([, command = '']) => command)
      expect(named.filter((command) => !known.has(command))).toEqual([])
    },
  )
})
