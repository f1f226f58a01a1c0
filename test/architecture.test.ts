// The borders between folders, read from the imports of every source file (static, dynamic and of types). Each
// forbidden import is one sentence in the failure. The rules are those of ARCHITECTURE.md; the checker is a function of
// a set of files, and the second half of this file shows on invented sets that it fails when it should.
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))
const SOURCE_FOLDERS = [
  'optimizers',
  'sweeps',
  'controller',
  'agent',
  'cli',
  'runtime',
  'charts',
  'web',
  'bench',
  'test',
]

/** Folder -> what of ours it may import besides itself: a folder, or one file. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  optimizers: [],
  runtime: [],
  sweeps: ['optimizers/'],
  controller: ['sweeps/', 'runtime/'],
  agent: [
    'sweeps/protocol.ts',
    'sweeps/provenance.ts',
    'sweeps/errors.ts',
    'sweeps/command-line.ts',
    'sweeps/config-text.ts',
    'sweeps/run-key.ts',
    'runtime/',
  ],
  cli: ['sweeps/', 'runtime/', 'charts/'],
  charts: [],
  // The words of the domain that the page speaks as the CLI does: pure, and safe in a browser
  web: [
    'charts/',
    'sweeps/run-filter.ts',
    'sweeps/config-text.ts',
    'sweeps/errors.ts',
    'sweeps/run.ts',
    'sweeps/spreadsheet-cell.ts',
  ],
}

/** These commands start the service in their own process: they load it only when they are asked to. */
const MAY_LOAD: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  ['up', 'run', 'agent', 'demo'].map((name) => [
    `cli/commands/${name}.ts`,
    ['controller/main.ts', 'agent/main.ts'],
  ]),
)

/** Library -> where it may be imported (bench and test may import anything). */
const LIBRARY_HOMES: Readonly<Record<string, readonly string[]>> = {
  'ml-matrix': ['optimizers/'],
  seedrandom: ['optimizers/'],
  ioredis: ['controller/', 'agent/'],
  bullmq: ['controller/', 'agent/'],
  kysely: ['controller/store/'],
  pg: ['controller/store/'],
  'better-sse': ['controller/live/'],
  libsql: ['controller/store/', 'runtime/kernel-lock.ts'],
  'hyparquet-writer': ['controller/export-parquet.ts'],
  'prom-client': ['controller/prometheus.ts'],
  graphql: ['controller/wandb/'],
  pino: ['runtime/logger.ts'],
  echarts: ['charts/', 'web/', 'cli/commands/plot.ts'],
  react: ['web/'],
  sirv: ['controller/pages/'],
  express: [
    'controller/app.ts',
    'controller/routes/',
    'controller/middleware/',
    'controller/wandb/',
    'controller/pages/',
  ],
}

/** Folders without input or output: the modules of Node that they may import all the same. */
const PURE_FOLDERS: Readonly<Record<string, readonly string[]>> = {
  optimizers: [],
  sweeps: ['node:crypto'],
  charts: [],
}

const FORBIDDEN_NAMES = /(^|\/)((utils|helpers|types)\.ts$|(common|utils|helpers)\/)/

interface Import {
  /** null when the path is computed. */
  readonly specifier: string | null
  readonly kind: 'static' | 'type' | 'dynamic'
}

/** Every import of a file, in the order of the text. */
function readImports(path: string, text: string): Import[] {
  const imports: Import[] = []
  const add = (specifier: ts.Node | undefined, kind: Import['kind']) =>
    imports.push({ specifier: specifier && ts.isStringLiteralLike(specifier) ? specifier.text : null, kind })
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) {
      add(
        node.moduleSpecifier,
        node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword ? 'type' : 'static',
      )
    } else if (ts.isExportDeclaration(node) && node.moduleSpecifier) {
      add(node.moduleSpecifier, node.isTypeOnly ? 'type' : 'static')
    } else if (ts.isImportTypeNode(node)) {
      add(ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined, 'type')
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node.arguments[0], 'dynamic')
    }
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile(path, text, ts.ScriptTarget.Latest))
  return imports
}

const isUnder = (path: string, places: readonly string[]) =>
  places.some((place) => (place.endsWith('/') ? path.startsWith(place) : path === place))

/** One sentence per broken rule. @param files path from the root, with `/` -> text */
function findBrokenBorders(files: ReadonlyMap<string, string>): string[] {
  const sentences: string[] = []
  const graph = new Map<string, string[]>()
  for (const [path, text] of files) {
    if (FORBIDDEN_NAMES.test(path))
      sentences.push(`${path}: name the file for what it does, not for what it is not.`)
    const targets: string[] = []
    for (const { specifier, kind } of readImports(path, text)) {
      if (specifier === null) {
        if (!isFree(path))
          sentences.push(`${path}: imports a computed path, which no rule can read; write it out.`)
      } else if (specifier.startsWith('.')) {
        const target = posix.join(posix.dirname(path), specifier)
        if (kind !== 'dynamic') targets.push(target) // a file that is loaded on demand may import its loader
        sentences.push(...judgeOwn(path, target, kind))
      } else {
        sentences.push(...judgeLibrary(path, specifier))
      }
    }
    graph.set(path, targets)
  }
  return [
    ...sentences,
    ...findCycles(graph).map((cycle) => `${cycle.join(' -> ')}: these files import each other.`),
  ]
}

const folderOf = (path: string) => path.slice(0, path.indexOf('/'))
const isFree = (path: string) => isUnder(path, ['bench/', 'test/'])

function judgeOwn(path: string, target: string, kind: Import['kind']): string[] {
  if (target.startsWith('../')) return [`${path}: imports ${target}, which is outside of the repository.`]
  const folder = folderOf(path)
  if (isFree(path) || folder === folderOf(target)) return []
  if (isUnder(target, MAY_IMPORT[folder] ?? [])) {
    return []
  }
  const loadable = MAY_LOAD[path] ?? []
  if (loadable.includes(target)) {
    return kind === 'static'
      ? [`${path}: imports ${target} statically; load it with import() when it is needed.`]
      : []
  }
  const allowed = [...(MAY_IMPORT[folder] ?? []), ...loadable]
  return [`${path}: imports ${target}; ${folder}/ may import ${allowed.join(', ') || 'nothing of ours'}.`]
}

function judgeLibrary(path: string, specifier: string): string[] {
  if (isFree(path)) return []
  const allowedBuiltIns = PURE_FOLDERS[folderOf(path)]
  if (specifier.startsWith('node:') && allowedBuiltIns && !allowedBuiltIns.includes(specifier)) {
    return [`${path}: imports ${specifier}; ${folderOf(path)}/ is pure, without input or output.`]
  }
  const name = specifier.startsWith('@')
    ? specifier.split('/').slice(0, 2).join('/')
    : specifier.split('/')[0]
  const homes = LIBRARY_HOMES[name ?? '']
  return homes === undefined || isUnder(path, homes)
    ? []
    : [`${path}: imports ${name}, which belongs in ${homes.join(', ')}.`]
}

/** Each cycle once, as the path that closes it. */
function findCycles(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const cycles: string[][] = []
  const isDone = new Set<string>()
  const walk = (path: string, trail: readonly string[]): void => {
    const at = trail.indexOf(path)
    if (at !== -1) {
      cycles.push([...trail.slice(at), path])
      return
    }
    if (isDone.has(path)) return
    for (const target of graph.get(path) ?? []) walk(target, [...trail, path])
    isDone.add(path)
  }
  for (const path of graph.keys()) walk(path, [])
  return cycles
}

function readSources(): Map<string, string> {
  const files = new Map<string, string>()
  for (const folder of SOURCE_FOLDERS.filter((name) => existsSync(join(ROOT, name)))) {
    for (const entry of readdirSync(join(ROOT, folder), { withFileTypes: true, recursive: true })) {
      if (!entry.isFile() || !/\.tsx?$/.test(entry.name)) continue
      const full = join(entry.parentPath, entry.name)
      files.set(full.slice(ROOT.length + 1).replaceAll('\\', '/'), readFileSync(full, 'utf8'))
    }
  }
  return files
}

describe('the borders of this repository', () => {
  test('no source file imports across a forbidden border', () => {
    const sources = readSources()
    expect(sources.size).toBeGreaterThan(20)
    expect(findBrokenBorders(sources)).toEqual([])
  }, 60_000) // it parses every file
})

describe('the checker', () => {
  const broken = (files: Record<string, string>) => findBrokenBorders(new Map(Object.entries(files)))

  test('is silent about imports that are allowed', () => {
    expect(
      broken({
        'sweeps/suggest.ts': `import { createRandom } from '../optimizers/random-search.ts'\nimport 'node:crypto'`,
        'controller/app.ts': `import express from 'express'\nimport { SweepError } from '../sweeps/errors.ts'`,
        'controller/store/sql-store.ts': `import { Kysely } from 'kysely'\nimport Database from 'libsql'`,
        'agent/mailbox.ts': `import { Worker } from 'bullmq'\nimport { Command } from '../sweeps/protocol.ts'`,
        'cli/commands/up.ts': `const { start } = await import('../../controller/main.ts')`,
        'cli/commands/run.ts': `type Agent = typeof import('../../agent/main.ts')`,
        'bench/dispatch.ts': `import { Queue } from 'bullmq'\nimport { createAgent } from '../agent/agent.ts'`,
        'web/view/filter.ts': `import { parseRunFilter } from '../../sweeps/run-filter.ts'\nimport { historyChart } from '../../charts/history.ts'`,
      }),
    ).toEqual([])
  })

  test.each([
    ['sweeps/run.ts', `import { log } from '../runtime/logger.ts'`, 'sweeps/ may import optimizers/'],
    ['optimizers/tpe.ts', `import type { Run } from '../sweeps/run.ts'`, 'may import nothing of ours'],
    [
      'controller/service.ts',
      `export * from '../optimizers/rng.ts'`,
      'controller/ may import sweeps/, runtime/',
    ],
    ['agent/agent.ts', `import { rank } from '../sweeps/ranking.ts'`, 'agent/ may import sweeps/protocol.ts'],
    ['cli/commands/ls.ts', `await import('../../controller/main.ts')`, 'cli/ may import sweeps/, runtime/'],
    ['cli/commands/up.ts', `await import('../../controller/leader.ts')`, 'imports controller/leader.ts'],
    ['cli/commands/up.ts', `import { start } from '../../controller/main.ts'`, 'load it with import()'],
    [
      'web/main.ts',
      `import { Report } from '../sweeps/protocol.ts'`,
      'web/ may import charts/, sweeps/run-filter.ts',
    ],
    [
      'test/unit/a.test.ts',
      `import x from '../../../shared/bench/lib/space.mjs'`,
      'outside of the repository',
    ],
    ['agent/agent.ts', `await import(path)`, 'imports a computed path'],
  ])('names an import that crosses a border: %s %s', (path, text, sentence) => {
    const sentences = broken({ [path]: text })
    expect(sentences).toHaveLength(1)
    expect(sentences[0]).toContain(`${path}: `)
    expect(sentences[0]).toContain(sentence)
  })

  test.each([
    ['sweeps/suggest.ts', `import { Matrix } from 'ml-matrix'`, 'ml-matrix, which belongs in optimizers/'],
    ['sweeps/suggest.ts', `import seedrandom from 'seedrandom'`, 'seedrandom, which belongs in optimizers/'],
    [
      'cli/commands/ls.ts',
      `import type { Redis } from 'ioredis'`,
      'ioredis, which belongs in controller/, agent/',
    ],
    ['runtime/env.ts', `import { Queue } from 'bullmq/esm'`, 'bullmq, which belongs in'],
    ['controller/service.ts', `import { sql } from 'kysely'`, 'kysely, which belongs in controller/store/'],
    ['controller/main.ts', `import express from 'express'`, 'express, which belongs in controller/app.ts'],
    ['agent/journal.ts', `import Database from 'libsql'`, 'libsql, which belongs in controller/store/'],
    ['optimizers/gp.ts', `import { readFileSync } from 'node:fs'`, 'optimizers/ is pure'],
    ['sweeps/config.ts', `import { spawn } from 'node:child_process'`, 'sweeps/ is pure'],
  ])('names a library away from its home: %s %s', (path, text, sentence) => {
    const sentences = broken({ [path]: text })
    expect(sentences).toHaveLength(1)
    expect(sentences[0]).toContain(sentence)
  })

  test('names a cycle once, even through types', () => {
    const sentences = broken({
      'sweeps/a.ts': `import './b.ts'`,
      'sweeps/b.ts': `import type { C } from './c.ts'`,
      'sweeps/c.ts': `import './a.ts'`,
    })
    expect(sentences).toEqual([
      'sweeps/a.ts -> sweeps/b.ts -> sweeps/c.ts -> sweeps/a.ts: these files import each other.',
    ])
  })

  test('takes a command that imports the list which loads it on demand', () => {
    const list = `export const load = () => import('./commands/help.ts')`
    expect(broken({ 'cli/list.ts': list, 'cli/commands/help.ts': `import '../list.ts'` })).toEqual([])
  })

  test.each(['agent/utils.ts', 'sweeps/types.ts', 'controller/helpers.ts', 'cli/common/table.ts'])(
    'refuses the name %s',
    (path) => expect(broken({ [path]: '' })).toHaveLength(1),
  )
})
