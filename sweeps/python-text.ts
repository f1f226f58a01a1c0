// Config values as Python prints them: str(), json.dumps and PyYAML's block style, byte for byte. Training scripts
// and W&B's client read these; nothing here reads text back.
import { ConfigNumber, isConfigList, isConfigMap } from './config-text.ts'
import type { ConfigMap, ConfigValue } from './config-text.ts'

/** str(value) of a scalar; lists and maps as JSON, because a Python repr can be read by Python alone. */
export function printPythonString(value: ConfigValue): string {
  if (value === null) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value === 'string') return value
  if (value instanceof ConfigNumber) return value.text
  return printPythonJson(value)
}

/** json.dumps(value): ", " and ": " between, everything beyond ASCII escaped, NaN and Infinity bare. */
export function printPythonJson(value: ConfigValue): string {
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'string') return quoteAscii(value)
  if (value instanceof ConfigNumber) {
    return Number.isFinite(value.value) || value.isInteger ? value.text : jsonNonFinite(value.value)
  }
  if (isConfigMap(value)) {
    return `{${[...value].map(([key, child]) => `${quoteAscii(key)}: ${printPythonJson(child)}`).join(', ')}}`
  }
  return `[${value.map(printPythonJson).join(', ')}]`
}

function jsonNonFinite(value: number): string {
  return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity'
}

function quoteAscii(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/** yaml.dump(map, default_flow_style=False, allow_unicode=True, sort_keys=False) at the given indentation. */
export function printPythonYaml(map: ConfigMap, indent = 0): string {
  let text = ''
  for (const [key, value] of map) text += `${' '.repeat(indent)}${yamlKey(key)}:${yamlAfter(value, indent)}`
  return text
}

function yamlKey(key: string): string {
  return yamlString(key, 0)
}

/** What follows `key:` or `-`, from the separating space to the line end. */
function yamlAfter(value: ConfigValue, indent: number): string {
  if (value !== null && typeof value === 'object') {
    if (isConfigList(value)) return value.length === 0 ? ' []\n' : `\n${yamlList(value, indent)}`
    if (isConfigMap(value)) return value.size === 0 ? ' {}\n' : `\n${printPythonYaml(value, indent + 2)}`
  }
  return ` ${yamlScalar(value, indent)}\n`
}

function yamlList(list: readonly ConfigValue[], indent: number): string {
  const pad = ' '.repeat(indent)
  return list
    .map((item) => {
      if (item !== null && typeof item === 'object') {
        if (isConfigMap(item) && item.size > 0)
          return `${pad}- ${printPythonYaml(item, indent + 2).trimStart()}`
        if (isConfigList(item) && item.length > 0) return `${pad}- ${yamlList(item, indent + 2).trimStart()}`
      }
      return `${pad}-${yamlAfter(item, indent)}`
    })
    .join('')
}

function yamlScalar(value: ConfigValue, indent: number): string {
  if (value === null) return 'null'
  if (typeof value === 'boolean') return String(value)
  if (typeof value === 'string') return yamlString(value, indent)
  if (value instanceof ConfigNumber) return yamlNumber(value)
  return printPythonJson(value)
}

function yamlNumber(number: ConfigNumber): string {
  if (number.isInteger) return number.text
  if (!Number.isFinite(number.value))
    return { nan: '.nan', inf: '.inf', '-inf': '-.inf' }[number.text] ?? '.nan'
  // PyYAML adds the point that YAML 1.1 wants in a float: 1e-05 is written 1.0e-05
  return number.text.includes('.') ? number.text : number.text.replace('e', '.0e')
}

/** Words that YAML 1.1 reads as something other than text: they are quoted. */
const RESOLVED =
  /^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF|~|null|Null|NULL|=|<<|)$|^[-+]?(?:0b[01_]+|0x[\da-fA-F_]+|0[0-7_]+|0|[1-9][\d_]*(?::[0-5]?\d)*)$|^[-+]?(?:\d[\d_]*\.[\d_]*(?:[eE][-+]\d+)?|\.[\d][\d_]*(?:[eE][-+]\d+)?|\d[\d_]*(?::[0-5]?\d)+\.[\d_]*|\.(?:inf|Inf|INF))$|^\.(?:nan|NaN|NAN)$|^\d{4}-\d\d-\d\d$|^\d{4}-\d\d?-\d\d?(?:[Tt]|[ \t]+)\d\d?:\d\d:\d\d(?:\.\d*)?(?:[ \t]*(?:Z|[-+]\d\d?(?::\d\d)?))?$/
const LINE_WIDTH = 80

function yamlString(text: string, indent: number): string {
  // eslint-disable-next-line no-control-regex -- PyYAML escapes exactly these
  if (
    /[\x00-\x08\x0b-\x1f\x7f\x80-\x84\x86-\x9f\ud800-\udfff\ufeff\ufffe\uffff\t]/.test(withoutPairs(text))
  ) {
    return yamlDoubleQuoted(text)
  }
  if (/[\n\x85\u2028\u2029]/.test(text)) return yamlSingleQuoted(text, indent)
  const isPlain =
    text !== '' &&
    !RESOLVED.test(text) &&
    !/^[\s#,[\]{}&*!|>'"%@`]/.test(text) &&
    !/^[-?:](?:\s|$)/.test(text) &&
    !/^(?:---|\.\.\.)/.test(text) &&
    !/:(?:\s|$)|\s#|^\s|\s$/.test(text)
  return isPlain ? foldWords(text, indent) : yamlSingleQuoted(text, indent)
}

function withoutPairs(text: string): string {
  return text.replace(/[\ud800-\udbff][\udc00-\udfff]/g, '')
}

function yamlSingleQuoted(text: string, indent: number): string {
  const pad = ' '.repeat(indent + 2)
  const escaped = foldWords(text.replaceAll("'", "''"), indent)
  // A line break inside a quoted scalar is written as an empty line
  return `'${escaped.replace(/\n+/g, (breaks) => `\n${breaks}${pad}`)}'`
}

/** PyYAML breaks a long scalar at single spaces once the line has passed its width. */
function foldWords(text: string, indent: number): string {
  if (text.length <= LINE_WIDTH - indent - 10 || text.includes('\n')) return text
  const pad = ' '.repeat(indent + 2)
  let column = indent + 9 // "  value: "
  let folded = ''
  for (const piece of text.split(/(?<=[^ ])( )(?=[^ ])/)) {
    if (piece === ' ' && column > LINE_WIDTH) {
      folded += `\n${pad}`
      column = pad.length
      continue
    }
    folded += piece
    column += piece.length
  }
  return folded
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['\0', '\\0'],
  ['\x07', '\\a'],
  ['\b', '\\b'],
  ['\t', '\\t'],
  ['\n', '\\n'],
  ['\v', '\\v'],
  ['\f', '\\f'],
  ['\r', '\\r'],
  ['\x1b', '\\e'],
  ['"', '\\"'],
  ['\\', '\\\\'],
  ['\x85', '\\N'],
  ['\u2028', '\\L'],
  ['\u2029', '\\P'],
])

function yamlDoubleQuoted(text: string): string {
  let quoted = ''
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0
    const isPrintable =
      (code >= 32 && code < 127) || (code >= 0xa0 && (code < 0xd800 || code > 0xdfff) && code !== 0xfeff)
    quoted += ESCAPES.get(character) ?? (isPrintable ? character : hexEscape(code))
  }
  return `"${quoted}"`
}

function hexEscape(code: number): string {
  return code < 256
    ? `\\x${code.toString(16).toUpperCase().padStart(2, '0')}`
    : `\\u${code.toString(16).toUpperCase().padStart(4, '0')}`
}
