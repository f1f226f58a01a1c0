// W&B's one mutation for everything that is done to a sweep: make it, replace its file, name it, pause, resume, stop and
// cancel it. Each is the use case that our own API calls.
import { parseSweepFile } from '../../sweeps/config.ts'
import { NotFoundError, SweepConfigError, SweepError } from '../../sweeps/errors.ts'
import type { ConfigProblem } from '../../sweeps/errors.ts'
import type { StoreReads } from '../../sweeps/store.ts'
import type { SweepRecord } from '../../sweeps/sweep.ts'
import type { MendingService } from '../mending-service.ts'
import type { SweepService } from '../sweep-service.ts'
import { requireAccess } from './caller.ts'
import type { SchemaPart } from './graphql-schema.ts'
import { parseSweepId } from './sweeps.ts'
import type { SweepNode } from './sweep-node.ts'
import { actionOfStateWord } from './sweep-states.ts'
import { DEFAULT_ENTITY } from './viewer.ts'

const TYPE_DEFS = `
  extend type Mutation {
    upsertSweep(input: UpsertSweepInput!): UpsertSweepPayload
  }
  input UpsertSweepInput {
    id: ID
    "The sweep's file"
    config: String
    description: String
    entityName: String
    projectName: String
    controller: JSONString
    launchScheduler: JSONString
    templateVariableValues: JSONString
    scheduler: JSONString
    state: String
    priorRunsFilters: JSONString
    displayName: String
    clientMutationId: String
  }
  type UpsertSweepPayload {
    sweep: Sweep
    configValidationWarnings: [String!]!
    inserted: Boolean
    clientMutationId: String
  }
`

interface UpsertSweepInput {
  readonly id?: string | null
  readonly config?: string | null
  readonly entityName?: string | null
  readonly projectName?: string | null
  readonly controller?: string | null
  readonly launchScheduler?: string | null
  readonly templateVariableValues?: string | null
  readonly scheduler?: string | null
  readonly state?: string | null
  readonly priorRunsFilters?: string | null
  readonly displayName?: string | null
}

interface Upserted {
  readonly sweep: SweepRecord
  readonly warnings: readonly ConfigProblem[]
}

/** W&B's own name for what stands in no project. */
const NO_PROJECT = 'uncategorized'

export function createUpsertSweepPart(services: {
  readonly store: StoreReads
  readonly sweeps: SweepService
  readonly mending: Pick<MendingService, 'replaceFile'>
}): SchemaPart {
  const { store, sweeps, mending } = services

  async function create(input: UpsertSweepInput, text: string): Promise<Upserted> {
    const { name, project } = parseSweepFile(text).config
    const action = input.state ? readAction(input.state) : null
    const { view, warnings } = await sweeps.createSweep(
      {
        text,
        project: input.projectName || project || NO_PROJECT,
        ...nameOf(input.displayName || name),
        paused: action === 'pause',
      },
      { needsProgram: false, priorRuns: readPriorRuns(input.priorRunsFilters) },
    )
    return { sweep: view.sweep, warnings }
  }

  async function update(input: UpsertSweepInput, id: string): Promise<Upserted> {
    const found = await store.findSweep(parseSweepId(id))
    if (found === null) throw new NotFoundError('sweep', id)
    if (readPriorRuns(input.priorRunsFilters).length > 0)
      throw refused('prior_runs', 'runs can be given to a sweep only when it is made')
    let sweep = found
    let warnings: readonly ConfigProblem[] = []
    if (input.config) {
      const outcome = await mending.replaceFile(sweep.id, input.config)
      sweep = outcome.sweep
      warnings = outcome.warnings
    }
    if (input.displayName) sweep = await sweeps.renameSweep(sweep.id, input.displayName)
    if (input.state) sweep = (await sweeps.changeSweep(sweep.id, readAction(input.state), null)).view.sweep
    return { sweep, warnings }
  }

  return {
    typeDefs: TYPE_DEFS,
    resolvers: {
      Mutation: {
        async upsertSweep(_parent, { input }: { input: UpsertSweepInput }, caller) {
          requireAccess(caller, 'admin')
          refuseForeignControl(input)
          const isNew = !input.id
          if (isNew && !input.config) throw refused('config', 'a new sweep needs a config')
          const { sweep, warnings } = await (
            input.id ? update(input, input.id) : create(input, input.config ?? '')
          ).catch(sayAllProblems)
          const node: SweepNode = { sweep, entity: input.entityName || DEFAULT_ENTITY }
          return {
            sweep: node,
            inserted: isNew,
            configValidationWarnings: warnings.filter(isOfInterest).map(problemText),
          }
        },
      },
    },
  }
}

function nameOf(name: string | null): { name?: string } {
  return name ? { name } : {}
}

/** The server proposes: a controller or a scheduler on the client's side would do it a second time. */
function refuseForeignControl(input: UpsertSweepInput): void {
  for (const key of ['controller', 'launchScheduler', 'templateVariableValues', 'scheduler'] as const) {
    const value = input[key]
    if (value && value !== 'null' && value !== '{}')
      throw refused(key, `${key} is not supported: this server proposes and schedules the runs itself`)
  }
}

function readAction(state: string): NonNullable<ReturnType<typeof actionOfStateWord>> {
  const action = actionOfStateWord(state)
  if (action === null) throw refused('state', `"${state}" is no state that a sweep can be put into`)
  return action
}

/** Ids out of `{"$or":[{"name":"..."}]}`: the one filter that W&B's client makes. */
function readPriorRuns(filters: string | null | undefined): string[] {
  if (!filters) return []
  const bad = () => refused('priorRunsFilters', 'prior runs can be given by their ids only')
  let read: unknown
  try {
    read = JSON.parse(filters)
  } catch {
    throw bad()
  }
  if (read === null) return []
  const or: unknown = typeof read === 'object' ? (read as Record<string, unknown>)['$or'] : undefined
  if (!Array.isArray(or)) throw bad()
  return or.map((item: unknown) => {
    const name: unknown = typeof item === 'object' && item !== null ? Reflect.get(item, 'name') : undefined
    if (typeof name !== 'string') throw bad()
    return name
  })
}

/** W&B's client shows the message alone: every problem of the file stands in it. */
function sayAllProblems(error: unknown): never {
  if (!(error instanceof SweepConfigError)) throw error
  const texts = error.problems.map(problemText)
  const message =
    texts.length === 1 ? texts[0] : `${texts.length} problems in the sweep's config: ${texts.join('; ')}`
  throw new SweepError('CONFIG_INVALID', message ?? error.message, { cause: error })
}

/** The line is of the text that the client sent: what it made of the person's file. */
function problemText({ path, line, message, hint }: ConfigProblem): string {
  const where = [path, line === null ? '' : `(line ${line})`].filter((part) => part !== '').join(' ')
  const what = where === '' ? message : `${where}: ${message}`
  return hint === '' ? what : `${what}. ${hint}`
}

/** Without a program it is worked by a function: W&B's client says nothing of that either. */
function isOfInterest({ code }: ConfigProblem): boolean {
  return code !== 'program_missing'
}

function refused(at: string, message: string): SweepError {
  return new SweepError('REQUEST_INVALID', message, { at })
}
