import { parquetMetadata, parquetReadObjects } from 'hyparquet'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ConfigColumnType, parquetConfigValue, writeParquet } from '../../../controller/export-parquet.ts'
import type { ParquetColumn, ParquetValue } from '../../../controller/export-parquet.ts'
import { parseConfigValue } from '../../../sweeps/config-text.ts'

async function write(
  columns: readonly ParquetColumn[],
  rows: readonly (readonly ParquetValue[])[],
): Promise<{ file: ArrayBuffer; pieces: number }> {
  const pieces: Uint8Array[] = []
  async function* stream() {
    yield* rows
  }
  for await (const piece of writeParquet(columns, stream())) pieces.push(piece)
  const bytes = new Uint8Array(Buffer.concat(pieces))
  return { file: bytes.buffer, pieces: pieces.length }
}

describe('a Parquet file', () => {
  it('gives back every value of every type, NaN and the infinities as numbers', async () => {
    const columns: ParquetColumn[] = [
      { name: 'text', type: 'STRING' },
      { name: 'config.a.b', type: 'INT64' },
      { name: 'x', type: 'DOUBLE' },
      { name: 'flag', type: 'BOOLEAN' },
      { name: 'at', type: 'TIMESTAMP' },
      { name: 'rank', type: 'INT32' },
    ]
    const rows: ParquetValue[][] = [
      ['=1+1 "ü\n', 2n ** 62n, Number.NaN, true, new Date(1_700_000_000_123), 1],
      [null, null, null, null, null, null],
      ['', -5n, Number.NEGATIVE_INFINITY, false, new Date(0), 2],
    ]

    const { file } = await write(columns, rows)

    const read = await parquetReadObjects({ file })
    expect(read.map((row) => columns.map(({ name }) => row[name] as unknown))).toEqual(rows)
  })

  it('is whole without a row', async () => {
    const { file } = await write([{ name: 'id', type: 'STRING' }], [])
    expect(await parquetReadObjects({ file })).toEqual([])
    expect(parquetMetadata(file).schema.map(({ name }) => name)).toEqual(['root', 'id'])
  })

  it('is handed over a row group at a time', async () => {
    const rows = Array.from({ length: 25_000 }, (_, index): ParquetValue[] => [index])
    const { file, pieces } = await write([{ name: 'step', type: 'DOUBLE' }], rows)
    expect(pieces).toBe(4) // three groups and the end
    expect(parquetMetadata(file).row_groups.map((group) => Number(group.num_rows))).toEqual([
      10_000, 10_000, 5000,
    ])
    const read = await parquetReadObjects({ file })
    expect(read.map((row) => row['step'] as number)).toEqual(rows.map(([step]) => step))
  })
})

describe("the type of a parameter's column", () => {
  const typeOf = (...texts: string[]) => {
    const column = new ConfigColumnType()
    for (const text of texts) column.see(parseConfigValue(text))
    return column.type
  }

  it.each([
    [['1', '2', 'null'], 'INT64'],
    [['9223372036854775807'], 'INT64'],
    [['9223372036854775808'], 'STRING'],
    [['1', '2.0'], 'DOUBLE'],
    [['9007199254740993', '2.0'], 'STRING'],
    [['1e-3', 'NaN'], 'DOUBLE'],
    [['true', 'false'], 'BOOLEAN'],
    [['true', '1'], 'STRING'],
    [['"adam"', '1'], 'STRING'],
    [['[1,2]'], 'STRING'],
    [['null'], 'STRING'],
    [[], 'STRING'],
  ])('of %j is %s', (texts, type) => {
    expect(typeOf(...texts)).toBe(type)
  })

  it('takes every value that it has seen, and loses none', async () => {
    const value = fc.oneof(
      fc.bigInt({ min: -(2n ** 65n), max: 2n ** 65n }).map(String),
      fc
        .double({ noNaN: true, noDefaultInfinity: true })
        .map((x) => (Number.isInteger(x) ? `${x}.0` : String(x))),
      fc.constantFrom('true', 'false', 'null', '[1,2.5]', '{"a":1}'),
      fc.string().map((text) => JSON.stringify(text)),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(value, { maxLength: 5 }), async (texts) => {
        const values = texts.filter((text) => !/e\+?\d+\.0$/.test(text)).map(parseConfigValue)
        const column = new ConfigColumnType()
        for (const one of values) column.see(one)
        const cells = values.map((one) => parquetConfigValue(one, column.type))
        const { file } = await write(
          [{ name: 'p', type: column.type }],
          cells.map((cell) => [cell]),
        )
        expect((await parquetReadObjects({ file })).map((row) => row['p'] as unknown)).toEqual(cells)
        expect(cells.map((cell) => cell === null)).toEqual(values.map((one) => one === null))
      }),
      { numRuns: 200 },
    )
  })
})
