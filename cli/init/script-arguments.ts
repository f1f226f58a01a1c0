// The arguments that a Python script takes, read from its text without running it: argparse's add_argument, click's
// option, and the fields of a @dataclass where neither is used.
import { findCalls, isSign, readConstants, readLiteral, readStatement } from './python-calls.ts'
import type { Constants, PythonCall, PythonLiteral } from './python-calls.ts'
import type { PythonToken } from './python-tokens.ts'

export type ArgumentType = 'float' | 'int' | 'string' | 'boolean' | 'unknown'

export interface ScriptArgument {
  /** The flag without its dashes, as `${args}` writes it: `batch-size`; of a positional one its name. */
  readonly name: string
  readonly type: ArgumentType
  /** null: none, or not known from the text. */
  readonly default: PythonLiteral | null
  readonly choices: readonly PythonLiteral[] | null
  readonly help: string
  readonly isRequired: boolean
  /** `value`: --name=VALUE. Others cannot be given by `${args}`. */
  readonly form: 'value' | 'switch' | 'positional' | 'short' | 'several'
  /** 1-based line of the script. */
  readonly line: number
}

export function readScriptArguments(tokens: readonly PythonToken[]): ScriptArgument[] {
  const constants = readConstants(tokens)
  const calls = findCalls(tokens, new Set(['add_argument', 'option']))
  const read = calls
    .filter((call) => call.name === 'add_argument' || call.owner === 'click')
    .map((call) => readDeclaration(call, constants))
    .filter((argument) => argument !== null)
  const found = read.length > 0 ? read : readDataclassFields(tokens, constants)
  const names = new Set<string>()
  return found.filter(({ name }) => !names.has(name) && names.add(name))
}

/** argparse and click agree on what matters here. */
function readDeclaration(call: PythonCall, constants: Constants): ScriptArgument | null {
  const flags = call.positional
    .map((tokens) => readLiteral(tokens, constants))
    .filter((literal) => literal?.kind === 'string')
    .map((literal) => (literal as { value: string }).value)
  const long = flags.find((flag) => flag.startsWith('--') && flag.length > 2)
  const short = flags.find((flag) => flag.startsWith('-'))
  const first = flags[0]
  if (first === undefined) return null
  const keyword = (name: string) => {
    const tokens = call.keywords.get(name)
    return tokens === undefined ? null : readLiteral(tokens, constants)
  }
  const action = keyword('action')
  const actionName =
    action?.kind === 'string' ? action.value : (call.keywords.get('action')?.at(-1)?.text ?? '')
  if (/^(?:help|version)$/.test(actionName)) return null
  const isFlag = keyword('is_flag')
  const isSwitch =
    /^(?:store_true|store_false|store_const|count|append_const|BooleanOptionalAction)$/.test(actionName) ||
    (isFlag?.kind === 'boolean' && isFlag.value) ||
    (long ?? '').includes('/')
  const nargs = keyword('nargs')
  const isMultiple = keyword('multiple')
  const isSeveral =
    (call.keywords.has('nargs') && !(nargs?.kind === 'string' && nargs.value === '?')) ||
    actionName === 'append' ||
    actionName === 'extend' ||
    (isMultiple?.kind === 'boolean' && isMultiple.value)
  const value = keyword('default')
  const choices = readChoices(call, constants)
  const required = keyword('required')
  const help = keyword('help')
  return {
    name: (long ?? short ?? first).replace(/^-+/, '').split('/')[0] ?? '',
    type: typeOf(call.keywords.get('type'), value, choices, isSwitch),
    default: value?.kind === 'none' ? null : value,
    choices,
    help: help?.kind === 'string' ? (help.value.split('\n')[0]?.trim() ?? '') : '',
    isRequired: (required?.kind === 'boolean' && required.value) || (short === undefined && nargs === null),
    form: formOf(long, short, isSwitch, isSeveral),
    line: call.line,
  }
}

function formOf(
  long: string | undefined,
  short: string | undefined,
  isSwitch: boolean,
  isSeveral: boolean,
): ScriptArgument['form'] {
  if (long === undefined && short === undefined) return 'positional'
  if (isSwitch) return 'switch'
  if (isSeveral) return 'several'
  return long === undefined ? 'short' : 'value'
}

/** `choices=[...]`, or click's `type=click.Choice([...])`. */
function readChoices(call: PythonCall, constants: Constants): readonly PythonLiteral[] | null {
  const direct = call.keywords.get('choices')
  const [choice] = findCalls(call.keywords.get('type') ?? [], new Set(['Choice']))
  const tokens = direct ?? choice?.positional[0]
  const list = tokens === undefined ? null : readLiteral(tokens, constants)
  return list?.kind === 'list' && list.items.length > 0 ? list.items : null
}

function typeOf(
  declared: readonly PythonToken[] | undefined,
  value: PythonLiteral | null,
  choices: readonly PythonLiteral[] | null,
  isSwitch: boolean,
): ArgumentType {
  if (isSwitch) return 'boolean'
  const name = declared?.at(-1)?.text
  if (declared?.length === 1 || (declared?.length === 3 && isSign(declared[1], '.'))) {
    if (/^(?:float|FLOAT)$/.test(name ?? '')) return 'float'
    if (/^(?:int|INT)$/.test(name ?? '')) return 'int'
    if (/^(?:str|STRING|Path)$/.test(name ?? '')) return 'string'
    return 'unknown'
  }
  if (declared !== undefined && choices === null) return 'unknown'
  return typeOfLiteral(value ?? choices?.[0] ?? null)
}

function typeOfLiteral(literal: PythonLiteral | null): ArgumentType {
  if (literal?.kind === 'number') return literal.isInteger ? 'int' : 'float'
  if (literal?.kind === 'string') return 'string'
  return literal?.kind === 'boolean' ? 'boolean' : 'unknown'
}

/** `lr: float = 1e-3` below `@dataclass class Config:`: most parsers of dataclasses make --lr of it. */
function readDataclassFields(tokens: readonly PythonToken[], constants: Constants): ScriptArgument[] {
  const fields: ScriptArgument[] = []
  for (const [index, token] of tokens.entries()) {
    if (!isSign(token, '@') || !isDataclassDecorator(tokens, index)) continue
    const start = tokens.findIndex(
      (other, at) => at > index && other.kind === 'name' && other.text === 'class',
    )
    const margin = tokens[start]?.column ?? 0
    for (let at = start + 1; start >= 0 && at < tokens.length; at++) {
      const name = tokens[at]
      if (name === undefined || (name.line > (tokens[start]?.line ?? 0) && name.column <= margin)) break
      const isField = name.kind === 'name' && isFirstOfLine(tokens, at) && isSign(tokens[at + 1], ':')
      if (!isField) continue
      const field = readField(name, readStatement(tokens, at + 1), constants)
      if (field !== null) fields.push(field)
    }
  }
  return fields
}

function isDataclassDecorator(tokens: readonly PythonToken[], at: number): boolean {
  const words = tokens.slice(at + 1, at + 4)
  return (
    words[0]?.text === 'dataclass' || (words[0]?.text === 'dataclasses' && words[2]?.text === 'dataclass')
  )
}

function isFirstOfLine(tokens: readonly PythonToken[], at: number): boolean {
  return tokens[at - 1]?.line !== tokens[at]?.line
}

/** @param statement from the colon on */
function readField(
  name: PythonToken,
  statement: readonly PythonToken[],
  constants: Constants,
): ScriptArgument | null {
  const at = statement.findIndex((token) => isSign(token, '='))
  const annotation = statement.slice(1, at < 0 ? undefined : at)
  const value = at < 0 ? null : readLiteral(statement.slice(at + 1), constants)
  const type = typeOf(
    annotation.length === 0 ? undefined : annotation,
    value,
    null,
    annotation[0]?.text === 'bool',
  )
  if (type === 'unknown' || (at >= 0 && value === null)) return null
  return {
    name: name.text,
    type,
    default: value?.kind === 'none' ? null : value,
    choices: null,
    help: '',
    isRequired: at < 0,
    form: type === 'boolean' ? 'switch' : 'value',
    line: name.line,
  }
}
