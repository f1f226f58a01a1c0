// The text of a drafted sweep.yaml: from what was read of a script, or a template with comments. It always passes
// `sweep validate`: what would not is left as a comment.
import { describeSweepFile } from '../../sweeps/describe-sweep-file.ts'
import { draftParameter } from './draft-parameter.ts'
import type { ParameterDraft } from './draft-parameter.ts'
import type { MetricGuess } from './guess-metric.ts'
import type { ScriptArgument } from './script-arguments.ts'

export interface FileDraft {
  readonly text: string
  /** 1-based lines with a guess: to be looked at. */
  readonly markedLines: readonly number[]
  readonly parameters: readonly ParameterDraft[]
}

export interface ScriptFacts {
  /** As it stands in `program`. */
  readonly program: string
  readonly arguments: readonly ScriptArgument[]
  readonly metric: MetricGuess | null
  /** `python`, or `python3` where there is only that. */
  readonly interpreter: string
}

const MARK = '# <- '
const RUN_CAP = 20

export function draftFromScript(facts: ScriptFacts): FileDraft {
  const parameters = facts.arguments.map(draftParameter).map(keepIfSound)
  const active = parameters.filter(({ space }) => space !== null)
  const left = parameters.filter(({ space }) => space === null)
  const metric = facts.metric ?? { name: 'loss', goal: 'minimize' }
  const metricRemark =
    facts.metric === null ? 'guess: the script names no metric' : `guess, from line ${facts.metric.line}`
  const lines = [
    `# Drafted from ${oneLine(facts.program)}. Lines with "${MARK.trim()}" are guesses: check them.`,
    `program: ${JSON.stringify(facts.program)}`,
    ...(facts.interpreter === 'python'
      ? []
      : [`command: ["\${env}", ${facts.interpreter}, "\${program}", "\${args}"]`]),
    'method: random',
    'metric:',
    `  name: ${JSON.stringify(metric.name)}  ${MARK}${metricRemark}`,
    `  goal: ${metric.goal}`,
    `run_cap: ${RUN_CAP}  # runs in all`,
    'parameters:',
    ...(active.length > 0
      ? active.map(writeParameter)
      : [`  seed: {value: 1}  ${MARK}no argument was found: write yours`]),
    ...(left.length > 0 ? ['# Not searched:'] : []),
    ...left.map(({ name, remark }) => `#   ${oneLine(name)}: ${oneLine(remark)}`),
  ]
  return withMarks(lines, parameters)
}

/** For a person who writes the file by hand. */
export function draftTemplate(program: string): FileDraft {
  const lines = [
    '# A sweep: which program, which parameters, how to search.  sweep help config',
    `program: ${JSON.stringify(program)}  ${MARK}your training script`,
    '# How it is started; this is the default:',
    '# command: ["${env}", python, "${program}", "${args}"]',
    'method: random  # or grid: every combination',
    'metric:',
    `  name: loss  ${MARK}what the script reports:  sweep help reporting`,
    '  goal: minimize  # or maximize',
    `run_cap: ${RUN_CAP}  # runs in all`,
    'parameters:',
    `  lr: {distribution: log_uniform_values, min: 0.0001, max: 0.1}  ${MARK}--lr=...`,
    `  batch_size: {values: [32, 64, 128]}  ${MARK}one of these`,
    '#  depth: {min: 2, max: 12}      whole numbers in, whole numbers out',
    '#  dropout: {min: 0.0, max: 0.5}',
    '#  epochs: {value: 10}           a constant',
  ]
  return withMarks(lines, [])
}

function writeParameter({ name, space, isGuess, remark }: ParameterDraft): string {
  const key =
    /^[A-Za-z][\w-]*$/.test(name) && !/^(?:true|false|yes|no|on|off|null|y|n)$/i.test(name)
      ? name
      : JSON.stringify(name)
  return `  ${key}: ${space}${isGuess ? `  ${MARK}${oneLine(remark)}` : ''}`
}

/** A name or a range that a sweep file does not take becomes a comment. */
function keepIfSound(draft: ParameterDraft): ParameterDraft {
  if (draft.space === null) return draft
  const text = `program: p\nmethod: random\nparameters:\n${writeParameter(draft)}\n`
  const { valid, config } = describeSweepFile(text)
  return valid && config?.parameters.length === 1
    ? draft
    : { ...draft, space: null, isGuess: false, remark: 'its name or values do not fit into a sweep file' }
}

function withMarks(lines: readonly string[], parameters: readonly ParameterDraft[]): FileDraft {
  const marked = lines.flatMap((line, index) =>
    !line.startsWith('#') && line.includes(MARK) ? [index + 1] : [],
  )
  return { text: `${lines.join('\n')}\n`, markedLines: marked, parameters }
}

/** Remarks come from a script's text: a line break in one would end the comment. */
function oneLine(text: string): string {
  return text
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]+/g, ' ')
    .slice(0, 200)
}
