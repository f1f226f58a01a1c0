import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { cellsOf, expectedLoss, expectedValue, gridOf, parseLedger, readLedger } from '../../chaos/ledger.ts'
import type { CellConfig } from '../../chaos/ledger.ts'

const script = fileURLToPath(new URL('../../chaos/ledger-train.mjs', import.meta.url))
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sweep-ledger-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function train(
  config: CellConfig,
  parameters: readonly string[],
): Promise<{ code: number; stdout: string; stderr: string }> {
  const configFile = join(folder, 'config.json')
  writeFileSync(configFile, JSON.stringify(config))
  const settings = [`--ledger=${join(folder, 'ledger')}`, '--steps=3', '--min-ms=1', '--max-ms=3']
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [script, ...settings, ...parameters],
      {
        env: { SWEEP_RUN_ID: 'bcdfghjk', SWEEP_ATTEMPT: '2', SWEEP_SEED: '5', SWEEP_CONFIG_FILE: configFile },
      },
      (error, stdout, stderr) => resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    )
  })
}

describe('gridOf', () => {
  test.each([1, 7, 12, 24, 199, 200])('has exactly %i cells with as many different values', (cells) => {
    const found = cellsOf(gridOf(cells))
    expect(found).toHaveLength(cells)
    expect(new Set(found.map(expectedValue)).size).toBe(cells)
  })
})

describe('parseLedger', () => {
  test('keeps what it cannot read as a finding', () => {
    const line = { event: 'end', runId: 'bcdfghjk', attempt: 1, at: 5, value: 3 }
    expect(parseLedger(`${JSON.stringify(line)}\n{"event":"sta\n{"attempt":1}\n`)).toEqual({
      lines: [line],
      unreadable: ['{"event":"sta', '{"attempt":1}'],
    })
  })

  test('is empty before the first script has started', () => {
    expect(readLedger(join(folder, 'none'))).toEqual({ lines: [], unreadable: [] })
  })
})

describe('ledger-train.mjs', () => {
  const config = { width: 3, rate: 0.5, mode: 'm2' }

  test('reports the known function of its config and writes its start, steps and end', async () => {
    const result = await train(config, ['--width=3', '--rate=0.5', '--mode=m2'])
    expect(result).toMatchObject({ code: 0, stderr: '' })
    const rows = result.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown)
    expect(rows).toEqual(
      [1, 2, 3].map((step) => ({ step, loss: expectedLoss(config, step, 3), from_attempt: 2 })),
    )
    const { lines, unreadable } = readLedger(join(folder, 'ledger'))
    expect(unreadable).toEqual([])
    expect(lines.map((line) => line.event)).toEqual(['start', 'step', 'step', 'step', 'end'])
    expect(lines[0]).toMatchObject({ runId: 'bcdfghjk', attempt: 2, config, pid: expect.any(Number) })
    expect(lines.at(-1)).toMatchObject({ runId: 'bcdfghjk', attempt: 2, value: expectedValue(config) })
  })

  test('fails when command line and config file differ', async () => {
    const result = await train(config, ['--width=3', '--rate=0.25', '--mode=m2'])
    expect(result.code).toBe(3)
    expect(result.stderr).toContain('rate is 0.25 on the command line and 0.5 in the config file')
  })
})
