// One question on a terminal, before something is lost.
import { SweepError } from '../sweeps/errors.ts'
import type { CommandContext } from './command.ts'

/**
 * Asks unless `--yes` was given; `--no-input` asks nobody.
 * @throws SweepError USAGE when there is nobody to ask, or the answer is no
 */
export async function confirm(context: CommandContext, whatIsLost: string): Promise<void> {
  if (context.globals.yes) return
  const { stdin } = context.io
  if (!context.globals.input || !('isTTY' in stdin && stdin.isTTY === true) || !context.isStderrTerminal) {
    throw new SweepError('USAGE', whatIsLost, {
      hint: 'Nobody can be asked here: add --yes to do it.',
    })
  }
  const { createInterface } = await import('node:readline/promises')
  const lines = createInterface({ input: stdin, output: process.stderr })
  try {
    const answer = await lines.question(`${whatIsLost} Go on? [y/N] `)
    if (!/^y(es)?$/i.test(answer.trim())) throw new SweepError('USAGE', 'nothing was changed')
  } finally {
    lines.close()
  }
}
