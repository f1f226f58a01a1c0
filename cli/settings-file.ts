// The text of a settings file: one `key: value` a line, comments, quotes; YAML, as far as settings need it. Read by
// hand, since every command reads it and loading a YAML parser costs 30 to 40 ms. Changes keep the other lines as they are.
import { SweepError } from '../sweeps/errors.ts'

/** A setting as it stands in a file. */
export interface SettingLine {
  readonly key: string
  readonly value: string
  /** 1-based. */
  readonly line: number
}

/**
 * @param name of the file, for messages
 * @throws SweepError CONFIG_INVALID naming the line that is no setting, or a key that stands there twice
 */
export function parseSettingsText(text: string, name: string): SettingLine[] {
  const found: SettingLine[] = []
  for (const [index, line] of text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .entries()) {
    const setting = parseLine(line)
    if (setting === 'blank') continue
    const at = `${name}:${index + 1}:1`
    if (setting === null) {
      throw new SweepError(
        'CONFIG_INVALID',
        `expected KEY: VALUE, found ${JSON.stringify(line.slice(0, 40))}`,
        {
          at,
          hint: 'One setting a line, as in  server: http://gpu-head:8765',
        },
      )
    }
    if (found.some(({ key }) => key === setting.key)) {
      throw new SweepError('CONFIG_INVALID', `"${setting.key}" stands here twice`, {
        at,
        hint: 'Take one of the two lines out.',
      })
    }
    found.push({ ...setting, line: index + 1 })
  }
  return found
}

/** The text with the setting's line replaced, or added at the end. */
export function withSetting(text: string, key: string, value: string): string {
  const lines = linesOf(text)
  const line = `${key}: ${quoteWhenNeeded(value)}`
  const at = lines.findIndex((old) => keyOf(old) === key)
  return joinLines(at >= 0 ? lines.with(at, line) : [...lines, line])
}

/** The text without the setting's line; the same text when there is none. */
export function withoutSetting(text: string, key: string): string {
  return joinLines(linesOf(text).filter((line) => keyOf(line) !== key))
}

/** The `s` in the patterns: U+2028 and U+2029 end no line here, and `.` alone stops at them. */
function parseLine(line: string): { key: string; value: string } | 'blank' | null {
  if (/^\s*(?:#.*)?$/s.test(line) || /^(?:---|\{\})\s*$/.test(line)) return 'blank'
  const [, key = '', rest = ''] = /^([A-Za-z][\w-]*):(?:\s+(.*))?$/s.exec(line) ?? []
  const value = parseValue(rest.trim())
  return key === '' || value === null ? null : { key, value }
}

/** A plain word, or a text in quotes; null for lists, maps and whatever else YAML has. */
function parseValue(text: string): string | null {
  const double = /^("(?:[^"\\]|\\.)*")\s*(?:#.*)?$/s.exec(text)?.[1]
  if (double !== undefined) {
    try {
      return String(JSON.parse(double))
    } catch {
      return null // an escape that JSON has not: YAML has a few more, which no setting needs
    }
  }
  const single = /^'((?:[^']|'')*)'\s*(?:#.*)?$/s.exec(text)?.[1]
  if (single !== undefined) return single.replaceAll("''", "'")
  const plain = text.replace(/(?:^|\s+)#.*$/s, '')
  return plain === '' || /^[-?:,[\]{}&*!|>'"%@`](?:\s|$)|^[[\]{}&*!|>'"%@`]|:\s/.test(plain) ? null : plain
}

function quoteWhenNeeded(value: string): string {
  return value.trim() === value && parseValue(value) === value ? value : JSON.stringify(value)
}

function keyOf(line: string): string | null {
  const setting = parseLine(line)
  return setting === null || setting === 'blank' ? null : setting.key
}

function linesOf(text: string): string[] {
  const trimmed = text.replace(/\s*$/, '')
  return trimmed === '' ? [] : trimmed.split(/\r?\n/).filter((line) => !/^\{\}\s*$/.test(line))
}

function joinLines(lines: readonly string[]): string {
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`
}
