// The pages of `--help`: one line, usage, examples first, then flags, then what to do next. Under 60 lines each.
import type { AnyCommand, CommandEntry, OptionSpec } from './command.ts'
import type { Paint } from './terminal.ts'

export function renderCommandHelp(spec: AnyCommand, globals: readonly OptionSpec[], paint: Paint): string {
  const options = spec.options ?? []
  const lines = [
    `${spec.summary}.`,
    '',
    `${paint.bold('Usage')}  sweep ${[spec.name, spec.arguments, '[flags]'].filter(Boolean).join(' ')}`,
    '',
    paint.bold('Examples'),
    ...spec.examples.flatMap(([command, does]) => [`  ${command}`, paint.dim(`      ${does}`)]),
  ]
  if (options.length > 0) lines.push('', paint.bold('Flags'), ...renderOptions(options))
  lines.push('', paint.bold('Everywhere'), ...renderOptions(globals))
  if (spec.notes) lines.push('', ...spec.notes)
  lines.push('', paint.bold('Next'), ...spec.next.map((next) => `  ${next}`))
  return `${lines.join('\n')}\n`
}

function renderOptions(options: readonly OptionSpec[]): string[] {
  const names = options.map((option) =>
    option.flags.startsWith('--') ? `    ${option.flags}` : option.flags,
  )
  const width = Math.max(...names.map((name) => name.length))
  return options.map((option, index) => {
    const standard = option.default
    const shown =
      standard === undefined || standard === false || option.choices ? '' : ` (default ${String(standard)})`
    return `  ${(names[index] ?? '').padEnd(width)}  ${option.description}${shown}`
  })
}

export function renderOverview(entries: readonly CommandEntry[], paint: Paint): string {
  const visible = entries.filter(({ isHidden }) => isHidden !== true)
  const groups = [...new Set(visible.map((entry) => entry.group))]
  return `${[
    'sweep: hyperparameter sweeps on your own machines.',
    '',
    `${paint.bold('Usage')}  sweep COMMAND [flags]`,
    '',
    paint.bold('Examples'),
    '  sweep run sweep.yaml            work a sweep here, from the file to the ranking',
    '  sweep create sweep.yaml         give it to a running controller',
    '  sweep agent @last               work the newest sweep on this machine',
    ...groups.flatMap((group) => [
      '',
      paint.bold(group),
      ...visible
        .filter((entry) => entry.group === group)
        .map((entry) => `  ${entry.name.padEnd(10)}  ${entry.summary}`),
    ]),
    '',
    paint.bold('Next'),
    '  sweep COMMAND --help            examples and flags of one command',
    '  sweep help topics               config, reporting, filters, states, tokens, ...',
  ].join('\n')}\n`
}
