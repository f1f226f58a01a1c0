// docs/observability.md lists exactly the figures and the events of the log that the code has. Events are read from the
// sources: every call of a logger's method.
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'
import { createFigures } from '../controller/prometheus.ts'
import { lintMetric, parsePrometheusText } from './support/prometheus-text.ts'
import type { MetricFamily } from './support/prometheus-text.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const page = readFileSync(join(ROOT, 'docs/observability.md'), 'utf8')

/** The cells of each row of the table below a heading. */
function tableUnder(heading: string): string[][] {
  const section = page.split(/^## /m).find((text) => text.startsWith(`${heading}\n`)) ?? ''
  return section
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
}

const works = { problem: null, since: 0 }
const health = {
  leader: true,
  redis: true,
  problem: null,
  parts: { redis: works, leader: works, ingest: works },
}

async function readFigures(): Promise<MetricFamily[]> {
  const text = await createFigures('1.0.0').render({ counts: null, health, figures: null })
  return [...parsePrometheusText(text).values()]
}

describe('figures', () => {
  test('documents every figure of ours with its type', async () => {
    const ours = (await readFigures()).filter(({ name }) => name.startsWith('sweep_'))
    const documented = tableUnder('Figures').map(([name = '', type]) => [name.replaceAll('`', ''), type])
    expect(documented.sort()).toEqual(ours.map(({ name, type }) => [name, type]).sort())
  })

  test('says of every figure what it means', () => {
    for (const [name = '', , , meaning = ''] of tableUnder('Figures'))
      expect(meaning, name).toMatch(/^\S.{10,}$/)
  })

  test('has names by the rules of Prometheus, those of the process included', async () => {
    expect((await readFigures()).flatMap(lintMetric)).toEqual([])
  })

  test.each([
    ['a counter without _total', { name: 'a_requests', type: 'counter' }],
    ['a gauge with it', { name: 'a_requests_total', type: 'gauge' }],
    ['milliseconds', { name: 'a_delay_ms', type: 'gauge' }],
    ['no help', { name: 'a_delay_seconds', type: 'gauge', help: '' }],
    ['a label in capitals', { name: 'a', type: 'gauge', samples: new Map([['a{State="x"}', 1]]) }],
  ])('the rules refuse %s', (_what, family) => {
    expect(lintMetric({ help: 'Some words', samples: new Map(), ...family })).toHaveLength(1)
  })

  test('the alerts ask for figures that exist', async () => {
    const known = new Set((await readFigures()).map(({ name }) => name.replace(/_(bucket|sum|count)$/, '')))
    const alerts = page.split(/^## Alerts$/m)[1] ?? ''
    const asked = [...alerts.matchAll(/\b(?:sweep|process|nodejs)_[a-z0-9_]+/g)].map(([name]) =>
      name.replace(/_(bucket|sum|count)$/, ''),
    )
    expect(asked.length).toBeGreaterThan(5)
    expect(asked.filter((name) => !known.has(name))).toEqual([])
  })
})

const LEVELS = ['error', 'warn', 'info', 'debug']
interface LoggedEvent {
  readonly file: string
  /** null: it is not written out at the call. */
  readonly event: string | null
  readonly level: string
}

/** Every call of a method of a `log`. */
function readEvents(file: string): LoggedEvent[] {
  const events: LoggedEvent[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
      const { name, expression } = node.expression
      const [event] = node.arguments
      if (LEVELS.includes(name.text) && /(^|\.)log$/.test(expression.getText()))
        events.push({
          file,
          level: name.text,
          event: event !== undefined && ts.isStringLiteral(event) ? event.text : null,
        })
    }
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile(file, readFileSync(join(ROOT, file), 'utf8'), ts.ScriptTarget.Latest, true))
  return events
}

const sources = ['controller', 'agent', 'cli', 'runtime'].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name)),
)
const events = sources.flatMap(readEvents)

/** Past participles that do not end in -ed. */
const IRREGULAR = /_?(?:found|lost|made|taken|left|sent|begun)$/

describe('the log', () => {
  test('names every event where it is logged, as noun.verb_in_the_past', () => {
    expect(events.length).toBeGreaterThan(20)
    const wrong = events.filter(
      ({ event }) =>
        event === null ||
        !/^[a-z]+\.[a-z]+(_[a-z]+)*$/.test(event) ||
        !(event.endsWith('ed') || IRREGULAR.test(event)),
    )
    expect(wrong).toEqual([])
  })

  test('documents every event with its levels', () => {
    const levels = new Map<string, Set<string>>()
    for (const { event, level } of events) {
      const known = levels.get(event ?? '') ?? new Set()
      levels.set(event ?? '', known.add(level))
    }
    const inCode = [...levels].map(([event, set]) => [
      event,
      LEVELS.filter((level) => set.has(level)).join(', '),
    ])
    const documented = tableUnder('Events of the log').map(([event = '', level]) => [
      event.replaceAll('`', ''),
      level,
    ])
    expect(documented.sort()).toEqual(inCode.sort())
  })
})
