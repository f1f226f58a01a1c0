// Every GraphQL document of the installed client against our schema, as a real server shows it: all of them are valid,
// but for those of the table in docs/wandb-client-table.md, which says what is not there.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildClientSchema, getIntrospectionQuery, parse, validate } from 'graphql'
import type { DocumentNode, GraphQLSchema, IntrospectionQuery } from 'graphql'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { repositoryRoot, startCluster } from '../../support/cluster.ts'
import type { Cluster } from '../../support/cluster.ts'
import { runCommand } from '../../support/processes.ts'
import { hasWandbClient } from '../../support/wandb-client.ts'

interface Found {
  /** File of the client and, in Python, the line. */
  readonly source: string
  readonly text: string
}

/** A row of the table. */
interface Refused {
  /** Of operations. */
  readonly names: readonly string[]
  /** Of the client's source: `folder/*` or a file. */
  readonly place: string | null
}

const TABLE = join(repositoryRoot, 'docs', 'wandb-client-table.md')

describe.skipIf(!hasWandbClient)("the documents of W&B's client", () => {
  let cluster: Cluster
  let schema: GraphQLSchema
  let documents: readonly Found[]

  beforeAll(async () => {
    cluster = await startCluster()
    schema = buildClientSchema((await ask(cluster, getIntrospectionQuery())) as IntrospectionQuery)
    const python = join(repositoryRoot, '.cache', 'wandb', 'bin', 'python')
    const script = join(repositoryRoot, 'test', 'support', 'list-wandb-documents.py')
    const listed = await runCommand([python, script], {
      cwd: cluster.folder,
      env: { HOME: cluster.folder, WANDB_ERROR_REPORTING: 'false', PYTHONDONTWRITEBYTECODE: '1' },
    })
    documents = JSON.parse(listed.stdout) as Found[]
  }, 60_000)
  afterAll(() => cluster?.close())

  test('are found', () => {
    expect(documents.length).toBeGreaterThan(150)
    const names = new Set(documents.map(nameOf))
    for (const name of ['Runs', 'UpsertBucket', 'UpsertSweep', 'Heartbeat', 'CommitArtifact', 'HistoryPage'])
      expect(names).toContain(name)
  })

  test('are valid, but for those that the table names', () => {
    const refused = readTable()
    const wrong = documents
      .filter((found) => !refused.some((row) => isIn(row, found)))
      .flatMap((found) =>
        problemsOf(schema, found)
          .slice(0, 1) // the rest follows from it
          .map((problem) => `${found.source} ${nameOf(found)}: ${problem}`),
      )
    expect(wrong).toEqual([])
  })

  test('the table names nothing that works, and nothing that the client does not have', () => {
    const rows = readTable()
    for (const row of rows)
      expect(
        documents.filter((found) => isIn(row, found)),
        row.place ?? '',
      ).not.toEqual([])
    const names = rows.flatMap((row) => row.names)
    const ofName = (name: string) => documents.filter((found) => nameOf(found) === name)
    expect(names.filter((name) => ofName(name).length === 0)).toEqual([])
    const isValid = (found: Found) => problemsOf(schema, found).length === 0
    expect(names.filter((name) => ofName(name).every(isValid))).toEqual([])
  })
})

async function ask(cluster: Cluster, query: string): Promise<unknown> {
  const response = await fetch(`${cluster.server}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${cluster.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  })
  return ((await response.json()) as { data: unknown }).data
}

function nameOf({ text }: Found): string {
  return /\b(?:query|mutation)\s+(\w+)/.exec(text)?.[1] ?? text.slice(0, 40)
}

function problemsOf(schema: GraphQLSchema, { text }: Found): string[] {
  let document: DocumentNode
  try {
    document = parse(text)
  } catch (error) {
    return [String(error)]
  }
  return validate(schema, document).map(({ message }) => message)
}

/** The cells of the table's first column that stand in backquotes: names of operations, or a place. */
function readTable(): Refused[] {
  const section = readFileSync(TABLE, 'utf8').split(/<!-- \/?refused -->/)[1] ?? ''
  return section
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => {
      const names = [...(line.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, name]) => name ?? '')
      const place = names.find((name) => isPlace(name)) ?? null
      return { names: names.filter((name) => !isPlace(name)), place }
    })
}

function isPlace(name: string): boolean {
  return name.includes('/')
}

function isIn({ names, place }: Refused, found: Found): boolean {
  return (place !== null && found.source.startsWith(place.replace('*', ''))) || names.includes(nameOf(found))
}
