// Runs and their history as Parquet, a row group at a time: what is held is one group, whatever the file's size.
// Numbers are numbers (NaN and the infinities too), times are timestamps, and a column of a config has the narrowest
// type that takes every value of it.
import type { ColumnSource } from 'hyparquet-writer/src/types.js'
import { ConfigNumber, writeConfigText, type ConfigValue } from '../sweeps/config-text.ts'

export type ParquetType = 'INT32' | 'INT64' | 'DOUBLE' | 'BOOLEAN' | 'STRING' | 'TIMESTAMP'
export type ParquetValue = number | bigint | boolean | string | Date | null

export interface ParquetColumn {
  readonly name: string
  readonly type: ParquetType
}

/** Rows of one group: encoding it keeps the process for some 30 ms. */
const GROUP_ROWS = 10_000

/**
 * @param rows values in the order of the columns, each of its column's type or null
 * @returns pieces of the file: one per row group, and the end
 */
export async function* writeParquet(
  columns: readonly ParquetColumn[],
  rows: AsyncIterable<readonly ParquetValue[]>,
): AsyncGenerator<Uint8Array> {
  const { ByteWriter, ParquetWriter, schemaFromColumnData } = await import('hyparquet-writer')
  const bytes = new ByteWriter()
  const empty = columns.map(({ name, type }): ColumnSource => ({ name, type, data: [] }))
  const writer = new ParquetWriter({
    writer: bytes,
    schema: schemaFromColumnData({ columnData: empty }),
    createdBy: 'sweep',
  })
  /** What was written since the last time. */
  const take = (): Uint8Array => {
    const piece = new Uint8Array(bytes.buffer.slice(0, bytes.index))
    bytes.index = 0
    return piece
  }
  const writeGroup = async (group: readonly (readonly ParquetValue[])[]): Promise<Uint8Array> => {
    const columnData = columns.map(({ name }, index): ColumnSource => ({
      name,
      data: group.map((row) => row[index] ?? null),
    }))
    await writer.write({ columnData, rowGroupSize: group.length })
    return take()
  }
  let group: (readonly ParquetValue[])[] = []
  for await (const row of rows) {
    group.push(row)
    if (group.length < GROUP_ROWS) continue
    yield await writeGroup(group)
    group = []
  }
  if (group.length > 0) yield await writeGroup(group)
  await writer.finish()
  yield take()
}

const MIN_INT64 = -(2n ** 63n)
const MAX_INT64 = 2n ** 63n - 1n

/** The type of a config's column, from all of its values. */
export class ConfigColumnType {
  private readonly seen = new Set<'int' | 'largeInt' | 'hugeInt' | 'float' | 'boolean' | 'text'>()

  see(value: ConfigValue): void {
    if (value === null) return
    if (typeof value === 'boolean') this.seen.add('boolean')
    else if (!(value instanceof ConfigNumber)) this.seen.add('text')
    else if (!value.isInteger) this.seen.add('float')
    else if (Number.isSafeInteger(value.value)) this.seen.add('int')
    else this.seen.add(isInt64(value) ? 'largeInt' : 'hugeInt')
  }

  /** Whole numbers that a double would round are never put beside floats: such a column is text. */
  get type(): ParquetType {
    const only = (...kinds: string[]) =>
      this.seen.size > 0 && [...this.seen].every((kind) => kinds.includes(kind))
    if (only('int', 'largeInt')) return 'INT64'
    if (only('int', 'float')) return 'DOUBLE'
    return only('boolean') ? 'BOOLEAN' : 'STRING'
  }
}

function isInt64(value: ConfigNumber): boolean {
  if (!/^-?\d+$/.test(value.text)) return false
  const whole = BigInt(value.text)
  return whole >= MIN_INT64 && whole <= MAX_INT64
}

/** A config's value for a column of that type, which has seen it. Text is bare, everything else as written. */
export function parquetConfigValue(value: ConfigValue | undefined, type: ParquetType): ParquetValue {
  if (value === undefined || value === null) return null
  if (type === 'BOOLEAN' && typeof value === 'boolean') return value
  if (value instanceof ConfigNumber && type === 'DOUBLE') return value.value
  if (value instanceof ConfigNumber && type === 'INT64') return BigInt(value.text)
  return typeof value === 'string' ? value : writeConfigText(value)
}
