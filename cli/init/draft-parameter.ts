// From an argument of a script to a line of sweep.yaml: a range around its default. Ranges are guesses, and say so.
import type { PythonLiteral } from './python-calls.ts'
import type { ScriptArgument } from './script-arguments.ts'

export interface ParameterDraft {
  readonly name: string
  /** What stands behind `name: ` in flow style: `{min: 2, max: 12}`; null: only a comment. */
  readonly space: string | null
  /** True when a person must look at the values. */
  readonly isGuess: boolean
  /** Stands behind the line. */
  readonly remark: string
}

/** Never worth a search: they change where and how long it runs, not what is learnt. */
const NOT_SEARCHED =
  /(?:^|[_-])(?:seed|workers?|jobs|threads|device|gpus?|cuda|port|host|rank|verbose|debug|quiet|log|logs|logging|save|output|out|dir|path|file|data|dataset|name|project|run|checkpoint|ckpt|resume|interval|every|epochs?|steps|iters|iterations|max|num|n)(?:[_-]|$)/i
const SCALE_FREE =
  /(?:^|[_-])(?:lr|wd|eps|epsilon|l1|l2|reg|decay|rate|alpha|lambda|lamda|gamma|sigma|tau|temperature|c)(?:[_-]|$)/i
const LEARNING_RATE = /(?:^|[_-])(?:lr|learning[_-]rate)(?:[_-]|$)/i
const DROPOUT = /drop(?:out|path|_path)?/i
const DECAY = /(?:weight[_-]?decay|(?:^|[_-])(?:wd|l2|l1|reg)(?:[_-]|$))/i
const NEAR_ONE = /(?:momentum|beta|ema|gamma)/i

export function draftParameter(argument: ScriptArgument): ParameterDraft {
  const { name, form, choices } = argument
  const leave = (remark: string): ParameterDraft => ({ name, space: null, isGuess: false, remark })
  if (form === 'switch') return leave('a switch; to search it, use ${args_no_boolean_flags} in command')
  if (form === 'several') return leave('takes several values')
  if (form === 'short') return leave('has no long flag: add one to the script')
  if (form === 'positional') return leave('stands without a flag: add it to command')
  if (choices !== null) {
    const values = choices.map(writeScalar)
    if (values.every((value) => value !== null)) return sure(name, `{values: [${values.join(', ')}]}`)
  }
  const guessed = guessSpace(argument)
  if (guessed !== null)
    return { name, space: guessed, isGuess: true, remark: `guess${describeDefault(argument)}` }
  if (argument.isRequired) {
    return {
      name,
      space: '{value: CHANGE_ME}',
      isGuess: true,
      remark: 'the script needs it: write its value',
    }
  }
  return leave(`left at ${argument.default === null ? 'its default' : shownDefault(argument)}`)
}

function sure(name: string, space: string): ParameterDraft {
  return { name, space, isGuess: false, remark: '' }
}

function guessSpace(argument: ScriptArgument): string | null {
  if (argument.default !== null && argument.default.kind !== 'number') return null
  const value = argument.default?.value ?? null
  if (argument.type === 'float') return guessFloat(argument.name, value)
  if (argument.type === 'int') return guessInteger(argument.name, value)
  return null
}

/** @param value its default; null when it has none that is known */
function guessFloat(name: string, value: number | null): string | null {
  if (DROPOUT.test(name)) return '{min: 0.0, max: 0.5}'
  if (LEARNING_RATE.test(name)) return logRange(value !== null && value > 0 ? value : 1e-3)
  if (DECAY.test(name)) return logRange(value !== null && value > 0 ? value : 1e-4)
  if (NOT_SEARCHED.test(name) || value === null || value <= 0) return null
  if (NEAR_ONE.test(name) && value > 0.5 && value < 1) return range(1 - (1 - value) * 2, 1 - (1 - value) / 5)
  if (SCALE_FREE.test(name) || value < 0.01) return logRange(value)
  return range(value / 2, value < 1 ? Math.min(1, value * 2) : value * 2)
}

function guessInteger(name: string, value: number | null): string | null {
  const isSize = /(?:batch|hidden|dim|width|units|channels|size|features)/i.test(name)
  const isDepth = /(?:depth|layers?|blocks|heads)/i.test(name)
  if ((!isSize && !isDepth && NOT_SEARCHED.test(name)) || value === null || value < 1) return null
  if (isSize && value >= 4 && Number.isSafeInteger(value * 2)) {
    return `{values: [${Math.floor(value / 2)}, ${value}, ${value * 2}]}`
  }
  if (!Number.isSafeInteger(value * 2)) return null
  return `{min: ${Math.max(1, Math.floor(value / 2))}, max: ${value * 2}}`
}

function logRange(value: number): string | null {
  const [min, max] = [tidy(value / 10), tidy(value * 10)]
  return isRange(min, max)
    ? `{distribution: log_uniform_values, min: ${write(min)}, max: ${write(max)}}`
    : null
}

function range(low: number, high: number): string | null {
  const [min, max] = [tidy(low), tidy(high)]
  return isRange(min, max) ? `{min: ${write(min)}, max: ${write(max)}}` : null
}

function isRange(min: number, max: number): boolean {
  return Number.isFinite(max) && min > 1e-300 && min < max
}

/** Three digits: nobody guesses finer. */
function tidy(value: number): number {
  return Number(value.toPrecision(3))
}

/** A float stays one: `2` would mean whole numbers. YAML 1.1 wants a point before an exponent. */
function write(value: number): string {
  const text = String(value)
  if (/e/.test(text)) return /\./.test(text) ? text : text.replace('e', '.0e')
  return text.includes('.') ? text : `${text}.0`
}

function writeScalar(literal: PythonLiteral): string | null {
  if (literal.kind === 'number') return literal.isInteger ? writeInteger(literal.value) : write(literal.value)
  if (literal.kind === 'string') return JSON.stringify(literal.value)
  return literal.kind === 'boolean' ? String(literal.value) : null
}

function writeInteger(value: number): string | null {
  return Number.isSafeInteger(value) ? String(value) : null
}

function describeDefault(argument: ScriptArgument): string {
  return argument.default === null ? '' : `; ${shownDefault(argument)} in the script`
}

/** The default as the script writes it, on one line. */
export function shownDefault({ default: value }: ScriptArgument): string {
  if (value === null) return 'no default'
  if (value.kind === 'number') return value.text
  if (value.kind === 'string') return JSON.stringify(value.value).slice(0, 40)
  return value.kind === 'boolean'
    ? value.value
      ? 'True'
      : 'False'
    : value.kind === 'list'
      ? 'a list'
      : 'None'
}
