// Lines of an export as CSV: numbers as they were written, text safe to open in a spreadsheet.
import { stringify } from 'csv-stringify/sync'
import { ConfigNumber, writeConfigText, type ConfigValue } from '../sweeps/config-text.ts'
import { guardFormula } from '../sweeps/spreadsheet-cell.ts'

/** Lines that are laid out at one time. */
const BLOCK_LINES = 500

/** Text of a number that is no formula whatever it starts with. */
class NumberText {
  constructor(readonly text: string) {}
}

/** A parameter's value for `writeCsv`. */
export function csvConfigValue(value: ConfigValue): unknown {
  if (value instanceof ConfigNumber) return new NumberText(value.text)
  return typeof value === 'string' ? value : writeConfigText(value)
}

/** @param lines cells by column; a column that a line lacks is empty */
export async function* writeCsv(
  columns: readonly string[],
  lines: AsyncIterable<ReadonlyMap<string, unknown>>,
): AsyncGenerator<string> {
  let block = [columns.map(csvCell)]
  for await (const cells of lines) {
    block.push(columns.map((column) => csvCell(cells.get(column))))
    if (block.length < BLOCK_LINES) continue
    yield stringify(block)
    block = []
  }
  if (block.length > 0) yield stringify(block)
}

function csvCell(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (value instanceof NumberText) return value.text
  return typeof value === 'string' ? guardFormula(value) : String(value)
}
