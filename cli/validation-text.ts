// `sweep validate` for people: what a sweep file means, or what is wrong with it.
import type { SweepFileDescription } from '../sweeps/describe-sweep-file.ts'
import type { ConfigProblem } from '../sweeps/errors.ts'
import { createStoppingRule } from '../sweeps/early-stopping.ts'
import { stoppingSettings } from '../sweeps/stopping-settings.ts'
import { renderProblems } from './print-error.ts'
import type { SourceText } from './print-error.ts'
import { countOf, formatParams } from './show-values.ts'
import { printable } from './terminal.ts'
import type { Paint } from './terminal.ts'

const LINE_WIDTH = 80
const LABEL_WIDTH = 11
const SHOWN_BANDS = 4

export interface ValidationLook {
  readonly paint: Paint
  readonly hasColor: boolean
}

/** Lines for stdout. */
export function renderValidation(
  file: SourceText,
  described: SweepFileDescription,
  look: ValidationLook,
): string[] {
  const { paint } = look
  if (!described.valid || described.config === null) {
    const problems = renderProblems(described.errors, { hasColor: look.hasColor, source: file })
    return [problems, ...described.warnings.map((warning) => warningLine(warning, paint)), '  (exit 6)']
  }
  const { config } = described
  const early = config.earlyTerminate
  const facts = [
    `method ${config.method}`,
    config.metric ? `${config.metric.goal} ${printable(config.metric.name)}` : 'no metric',
    countOf(described.parameterLines.length, 'parameter'),
    ...(config.runCap === null ? [] : [`run_cap ${config.runCap}`]),
  ]
  const lines = [
    `${paint.green('✓')} ${printable(file.name)}   ${facts.join(' · ')}`,
    ...labelled(
      'space',
      wrap(
        described.parameterLines.map((line) => printable(line)),
        LINE_WIDTH - LABEL_WIDTH - 2,
      ),
    ),
    ...(early === null ? [] : labelled('stop', [printable(describeStopping(early))])),
    ...labelled('size', [describeSize(described)]),
  ]
  described.sampleTexts.forEach((configText, index) => {
    const argv = described.commands[index]
    const shown =
      argv && argv.length > 0
        ? argv.map((word) => printable(word)).join(' ')
        : formatParams(configText, false)
    lines.push(...labelled(`sample ${index + 1}`, [shown]))
  })
  lines.push(...described.warnings.map((warning) => warningLine(warning, paint)))
  lines.push(`Next: sweep create ${printable(file.name)}`)
  return lines
}

function describeSize({ size, discreteSize }: SweepFileDescription): string {
  if (size !== null) return countOf(size, 'configuration')
  const discrete = discreteSize > 1 ? `; discrete part has ${countOf(discreteSize, 'combination')}` : ''
  return `continuous (no grid size)${discrete}`
}

/** `hyperband, min_iter 3, eta 3 → checks at report 3, 9, 27, 81`: the type, what is set, and what it means. */
function describeStopping(early: Readonly<Record<string, unknown>>): string {
  const { type, ...rest } = early
  const settings = Object.entries(rest)
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([key, value]) => `${key} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`)
  const text = [typeof type === 'string' ? type : 'on', ...settings].join(', ')
  const stopping = stoppingSettings(early)
  const { bands } = createStoppingRule(stopping)
  if (bands.length === 0) return text
  return `${text} → checks at ${stopping.resource} ${bands.slice(0, SHOWN_BANDS).join(', ')}`
}

function labelled(label: string, lines: readonly string[]): string[] {
  return lines.map((line, index) => `  ${(index === 0 ? label : '').padEnd(LABEL_WIDTH)}${line}`)
}

function warningLine(warning: ConfigProblem, paint: Paint): string {
  const place = warning.line === null ? printable(warning.path) : `line ${warning.line}`
  const hint = warning.hint === '' ? '' : `  ${warning.hint}`
  return `${paint.yellow('!')} ${place.padEnd(LABEL_WIDTH)}${printable(`${warning.message}${hint}`)}`
}

/** Parts joined by ` · `, broken between parts. */
function wrap(parts: readonly string[], width: number): string[] {
  const lines: string[] = []
  for (const part of parts) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 3 + part.length <= width)
      lines[lines.length - 1] = `${last} · ${part}`
    else lines.push(part)
  }
  return lines
}
