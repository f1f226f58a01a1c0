// The configs of many runs as columns, one a parameter, nested ones by dotted names: numbers as they are, everything else
// as numbers of categories. Pure.
import { ConfigNumber, canonicalText, isConfigMap, parseConfigText } from '../config-text.ts'
import type { ConfigMap, ConfigValue } from '../config-text.ts'

export interface ParameterColumn {
  readonly name: string
  /** `number`: every run that has it has a number. */
  readonly kind: 'number' | 'category'
  /** One a run: the number, or the index among `categories`; NaN: the run does not have it. */
  readonly values: Float64Array
  /** Texts as in the config's JSON, in the order in which they came; empty for numbers. */
  readonly categories: readonly string[]
}

/** In the order in which they came. O(runs * parameters). */
export function collectParameters(configTexts: readonly string[]): ParameterColumn[] {
  const cells = new Map<string, ConfigValue[]>()
  for (const [row, text] of configTexts.entries()) addCells(parseConfigText(text), '', row, cells)
  return [...cells].map(([name, values]) => columnOf(name, values, configTexts.length))
}

function addCells(config: ConfigMap, prefix: string, row: number, cells: Map<string, ConfigValue[]>): void {
  for (const [key, value] of config) {
    const name = prefix + key
    if (value !== null && typeof value === 'object' && isConfigMap(value) && value.size > 0) {
      addCells(value, `${name}.`, row, cells)
      continue
    }
    const column = cells.get(name)
    if (column === undefined) cells.set(name, sparse(row, value))
    else column[row] = value
  }
}

function sparse(row: number, value: ConfigValue): ConfigValue[] {
  const column: ConfigValue[] = []
  column[row] = value
  return column
}

function columnOf(name: string, cells: readonly ConfigValue[], count: number): ParameterColumn {
  const values = new Float64Array(count).fill(NaN)
  const isNumber = cells.every((cell) => cell instanceof ConfigNumber && !Number.isNaN(cell.value))
  if (isNumber) {
    cells.forEach((cell, row) => (values[row] = cell instanceof ConfigNumber ? cell.value : NaN))
    return { name, kind: 'number', values, categories: [] }
  }
  const indexes = new Map<string, number>()
  cells.forEach((cell, row) => {
    const text = canonicalText(cell)
    const index = indexes.get(text) ?? indexes.size
    indexes.set(text, index)
    values[row] = index
  })
  return { name, kind: 'category', values, categories: [...indexes.keys()] }
}
