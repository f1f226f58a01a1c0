// Configs of runs side by side: one row a parameter, and where they differ. Pure; the run screen compares with the best
// run, the compare screen up to twelve.
import {
  ConfigNumber,
  isConfigMap,
  parseConfigText,
  writeConfigText,
  type ConfigValue,
} from '../../../sweeps/config-text.ts'

export interface ConfigRow {
  /** Dotted for a nested parameter. */
  readonly name: string
  /** As written, so that 1 and 1.0 differ; null: the run does not have it. */
  readonly cells: readonly (string | null)[]
  /** Numbers where every run that has it has one. */
  readonly numbers: readonly (number | null)[] | null
  readonly isDifferent: boolean
}

/** Leaves with dotted names; an empty map is a leaf. A text that cannot be read is one leaf without a name. */
function leavesOf(configText: string): Map<string, ConfigValue> {
  const leaves = new Map<string, ConfigValue>()
  const visit = (value: ConfigValue, path: string): void => {
    if (!isConfigMap(value) || (value.size === 0 && path !== '')) {
      leaves.set(path, value)
      return
    }
    for (const [key, inner] of value) visit(inner, path === '' ? key : `${path}.${key}`)
  }
  visit(parseConfigText(configText), '')
  return leaves
}

/** @param configTexts one a run @returns differing rows first, each part in the order of the first run that has it */
export function compareConfigs(configTexts: readonly string[]): ConfigRow[] {
  const leaves = configTexts.map(leavesOf)
  const names = [...new Set(leaves.flatMap((own) => [...own.keys()]))]
  const rows = names.map((name): ConfigRow => {
    const values = leaves.map((own) => own.get(name))
    const cells = values.map((value) => (value === undefined ? null : showConfigValue(value)))
    const isNumeric = values.every((value) => value === undefined || value instanceof ConfigNumber)
    return {
      name,
      cells,
      numbers: isNumeric ? values.map((value) => (value instanceof ConfigNumber ? value.value : null)) : null,
      isDifferent: new Set(cells).size > 1,
    }
  })
  return [...rows.filter(({ isDifferent }) => isDifferent), ...rows.filter(({ isDifferent }) => !isDifferent)]
}

/** Texts bare, numbers as written, everything else as JSON. */
export function showConfigValue(value: ConfigValue): string {
  if (typeof value === 'string') return value
  return value instanceof ConfigNumber ? value.text : writeConfigText(value)
}

/** `--lr=0.1 --opt.name=adam`, quoted for a shell. */
export function configAsArguments(configText: string): string {
  return [...leavesOf(configText)]
    .map(([name, value]) => quoteForShell(`--${name}=${showConfigValue(value)}`))
    .join(' ')
}

export function quoteForShell(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
