// The OpenAPI 3.1 document of the API, made from the schemas of sweeps/api-schema.ts that the routes parse with.
import { OpenApiGeneratorV31, OpenAPIRegistry, type RouteConfig } from '@asteasolutions/zod-to-openapi'
import type { ZodType } from 'zod'
import * as access from '../sweeps/access-schema.ts'
import type { Access } from '../sweeps/access.ts'
import * as analysis from '../sweeps/analysis-schema.ts'
import * as agentSchema from '../sweeps/agent-schema.ts'
import * as api from '../sweeps/api-schema.ts'
import * as runSchema from '../sweeps/run-schema.ts'
import * as sweepSchema from '../sweeps/sweep-schema.ts'
import * as fleet from '../sweeps/fleet-schema.ts'
import * as live from '../sweeps/live-schema.ts'
import * as parts from '../sweeps/run-parts-schema.ts'
import { LastMetricResponse, RegisterAgentRequest, RegisterAgentResponse } from '../sweeps/protocol.ts'

interface ApiRoute {
  readonly method: 'get' | 'post' | 'patch' | 'delete'
  /** With `{ref}`; without the prefix unless it starts at the root. */
  readonly path: string
  readonly summary: string
  readonly query?: NonNullable<NonNullable<RouteConfig['request']>['query']>
  readonly body?: ZodType
  readonly status?: number
  readonly answer?: ZodType
  /** When the answer is no JSON; with `answer`, what one event of the stream holds. */
  readonly contentTypes?: readonly string[]
  /** Who may use it: the app refuses everybody else, and every route that is not in the list. */
  readonly access: Access
  /** A token itself is needed: a page's session will not do. */
  readonly isTokenOnly?: boolean
  /** A run's own key will do too. */
  readonly isForRuns?: boolean
}

const ORDER_SUMMARIES: Readonly<Record<agentSchema.AgentOrder, string>> = {
  drain: 'Let an agent, or all of a host, finish its runs and leave',
  undrain: 'Take a drain or a quarantine back',
  quarantine: 'Keep an agent, or all of a host, from work until that is taken back',
}

const BYTES = ['application/octet-stream', 'image/png', 'image/jpeg', 'image/gif', 'image/webp']

/** Of one run, beside the record itself. */
const RUN_PART_ROUTES: readonly ApiRoute[] = [
  ...parts.RUN_ACTIONS.map((action): ApiRoute => ({
    method: 'post',
    path: `/runs/{ref}/${action}`,
    summary: action === 'stop' ? 'End a run; its values count as data' : 'End a run; its values do not count',
    access: 'admin',
    body: parts.ChangeRunRequest,
    answer: parts.ChangeRunResponse,
  })),
  {
    method: 'get',
    path: '/runs/{ref}/curves',
    summary: 'The metrics of a run in few points',
    access: 'read',
    query: parts.ReadCurvesQuery,
    answer: parts.ReadCurvesResponse,
  },
  {
    method: 'get',
    path: '/runs/{ref}/media',
    summary: 'Pictures, tables and histograms among the values of a run',
    access: 'read',
    query: parts.ReadMediaQuery,
    answer: parts.ReadMediaResponse,
  },
  {
    method: 'get',
    path: '/runs/{ref}/files',
    summary: 'List the files of a run',
    access: 'read',
    query: parts.ListFilesQuery,
    answer: parts.ListFilesResponse,
  },
  {
    method: 'get',
    path: '/runs/{ref}/file',
    summary: 'Download a file of a run, or show it if it is a picture',
    access: 'read',
    query: parts.ReadFileQuery,
    contentTypes: BYTES,
  },
  {
    method: 'get',
    path: '/runs/{ref}/artifacts',
    summary: 'The artifacts that a run made and used',
    access: 'read',
    answer: parts.ListRunArtifactsResponse,
  },
  {
    method: 'get',
    path: '/artifacts/{ref}/files',
    summary: 'List the files of an artifact',
    access: 'read',
    query: parts.ListFilesQuery,
    answer: parts.ListFilesResponse,
  },
  {
    method: 'get',
    path: '/artifacts/{ref}/file',
    summary: 'Download a file of an artifact, or show it if it is a picture',
    access: 'read',
    query: parts.ReadFileQuery,
    contentTypes: BYTES,
  },
  {
    method: 'get',
    path: '/runs/{ref}/events',
    summary: 'What happened to a run',
    access: 'read',
    query: parts.ListRunEventsQuery,
    answer: parts.ListRunEventsResponse,
  },
  {
    method: 'get',
    path: '/runs/{ref}/reported',
    summary: "What W&B's client says of a run",
    access: 'read',
    answer: parts.ReadReportedResponse,
  },
]

/** Every route that the app serves; openapi.test.ts compares it with the app. */
export const API_ROUTES: readonly ApiRoute[] = [
  {
    method: 'get',
    path: '/healthz',
    summary: 'The process lives',
    answer: api.HealthResponse,
    access: 'open',
  },
  {
    method: 'get',
    path: '/readyz',
    summary: 'Whether the controller can work, part by part; 503 when it cannot',
    answer: api.ReadyResponse,
    access: 'open',
  },
  {
    method: 'get',
    path: '/metrics',
    summary: 'Figures for Prometheus',
    access: 'read',
    contentTypes: ['text/plain'],
  },
  {
    method: 'get',
    path: `${api.API_PREFIX}/openapi.json`,
    summary: 'This document',
    access: 'anyone',
    contentTypes: ['application/json'],
  },
  ...prefixed([
    {
      method: 'post',
      path: '/sweeps',
      summary: 'Create a sweep',
      access: 'admin',
      body: sweepSchema.CreateSweepRequest,
      status: 201,
      answer: sweepSchema.CreateSweepResponse,
    },
    {
      method: 'get',
      path: '/sweeps',
      summary: 'List sweeps',
      access: 'read',
      query: sweepSchema.ListSweepsQuery,
      answer: sweepSchema.ListSweepsResponse,
    },
    {
      method: 'get',
      path: '/sweeps/{ref}',
      summary: 'Show a sweep',
      access: 'read',
      answer: sweepSchema.GetSweepResponse,
    },
    {
      method: 'delete',
      path: '/sweeps/{ref}',
      summary: 'Erase a sweep that has ended, with its runs',
      access: 'admin',
      answer: api.RemoveResponse,
    },
    ...sweepSchema.SWEEP_ACTIONS.map((action): ApiRoute => ({
      method: 'post',
      path: `/sweeps/{ref}/${action}`,
      summary: `${action.charAt(0).toUpperCase()}${action.slice(1)} a sweep`,
      access: 'admin',
      body: sweepSchema.ChangeSweepRequest,
      answer: sweepSchema.ChangeSweepResponse,
    })),
    {
      method: 'post',
      path: '/sweeps/{ref}/edit',
      summary: 'Edit the file of a sweep that is worked, or say what that would change',
      access: 'admin',
      body: sweepSchema.EditSweepRequest,
      answer: sweepSchema.EditSweepResponse,
    },
    {
      method: 'post',
      path: '/sweeps/{ref}/extend',
      summary: 'Allow a sweep more runs',
      access: 'admin',
      body: sweepSchema.ExtendSweepRequest,
      answer: sweepSchema.EditSweepResponse,
    },
    {
      method: 'post',
      path: '/sweeps/{ref}/enqueue',
      summary: 'Put configurations into the queue of a sweep',
      access: 'admin',
      body: sweepSchema.EnqueueRequest,
      answer: sweepSchema.EnqueueResponse,
    },
    {
      method: 'post',
      path: '/sweeps/{ref}/retry',
      summary: 'Work failed and lost runs of a sweep again',
      access: 'admin',
      body: sweepSchema.RetryRequest,
      answer: sweepSchema.RetryResponse,
    },
    {
      method: 'get',
      path: '/sweeps/{ref}/versions',
      summary: 'The files that a sweep had',
      access: 'read',
      answer: sweepSchema.ListSpecVersionsResponse,
    },
    {
      method: 'get',
      path: '/sweeps/{ref}/events',
      summary: 'What happened to a sweep itself, the newest first',
      access: 'read',
      query: fleet.ListEventsQuery,
      answer: fleet.ListEventsResponse,
    },
    {
      method: 'get',
      path: '/outlines',
      summary: 'List sweeps with how each goes: best so far over time, hours, warnings',
      access: 'read',
      query: fleet.ListOutlinesQuery,
      answer: fleet.ListOutlinesResponse,
    },
    {
      method: 'post',
      path: '/validate',
      summary: 'Check the text of a sweep file, and draw configurations; nothing is kept',
      access: 'read',
      body: fleet.ValidateSweepRequest,
      answer: fleet.ValidateSweepResponse,
    },
    {
      method: 'get',
      path: '/projects',
      summary: 'List projects',
      access: 'read',
      answer: fleet.ListProjectsResponse,
    },
    {
      method: 'get',
      path: '/sweeps/{ref}/runs',
      summary: 'List the runs of a sweep',
      access: 'read',
      query: runSchema.ListSweepRunsQuery,
      answer: runSchema.ListRunsResponse,
    },
    {
      method: 'get',
      path: '/sweeps/{ref}/best',
      summary: 'The ranking of a sweep',
      access: 'read',
      query: runSchema.BestRunsQuery,
      answer: runSchema.BestRunsResponse,
    },
    {
      method: 'get',
      path: '/sweeps/{ref}/stops',
      summary: 'What early termination stopped, and saved',
      access: 'read',
      answer: sweepSchema.StopsResponse,
    },
    {
      method: 'get',
      path: '/sweeps/{ref}/outlook',
      summary: 'When a sweep ends, whether it still improves, how sure its ranking is, what to try next',
      access: 'read',
      answer: analysis.OutlookResponse,
    },
    {
      method: 'get',
      path: '/sweeps/{ref}/importance',
      summary: 'What each parameter is worth to the metric, how sure that is, and rank correlations',
      access: 'read',
      query: analysis.ImportanceQuery,
      answer: analysis.ImportanceResponse,
    },
    {
      method: 'get',
      path: '/sweeps/{ref}/surface',
      summary: 'What a model makes of two parameters, over a grid of their values',
      access: 'read',
      query: analysis.SurfaceQuery,
      answer: analysis.SurfaceResponse,
    },
    {
      method: 'get',
      path: '/sweeps/{ref}/curves',
      summary: 'Learning curves of some runs, and the band of the others',
      access: 'read',
      query: analysis.CurvesQuery,
      answer: analysis.CurvesResponse,
    },
    {
      method: 'get',
      path: '/sweeps/{ref}/export',
      summary: 'Export runs and their history',
      access: 'read',
      query: sweepSchema.ExportQuery,
      contentTypes: [
        'text/csv',
        'application/json',
        'application/x-ndjson',
        'application/vnd.apache.parquet',
      ],
    },
    {
      method: 'get',
      path: '/sweeps/{ref}/snapshot',
      summary: 'All runs of a sweep in columns, for pages that follow the stream',
      access: 'read',
      answer: live.SweepSnapshot,
    },
    {
      method: 'get',
      path: '/runs',
      summary: 'List runs',
      access: 'read',
      query: runSchema.ListRunsQuery,
      answer: runSchema.ListRunsResponse,
    },
    {
      method: 'post',
      path: '/runs',
      summary: 'Create a run outside a sweep',
      access: 'admin',
      body: runSchema.CreateRunRequest,
      status: 201,
      answer: runSchema.GetRunResponse,
    },
    {
      method: 'get',
      path: '/runs/{ref}',
      summary: 'Show a run',
      access: 'read',
      answer: runSchema.GetRunResponse,
    },
    {
      method: 'patch',
      path: '/runs/{ref}',
      summary: 'Edit tags, notes and name of a run',
      access: 'admin',
      body: runSchema.EditRunRequest,
      answer: runSchema.GetRunResponse,
    },
    {
      method: 'delete',
      path: '/runs/{ref}',
      summary: 'Erase a run that has ended',
      access: 'admin',
      answer: api.RemoveResponse,
    },
    {
      method: 'get',
      path: '/runs/{ref}/logs',
      summary: 'Read the log of a run',
      access: 'read',
      query: runSchema.ReadLogsQuery,
      answer: runSchema.ReadLogsResponse,
    },
    {
      method: 'get',
      path: '/runs/{ref}/metrics',
      summary: 'Read the metrics of a run',
      access: 'read',
      query: runSchema.ReadMetricsQuery,
      answer: runSchema.ReadMetricsResponse,
    },
    {
      method: 'get',
      path: '/runs/{ref}/provenance',
      summary: 'Where an attempt of a run comes from',
      access: 'read',
      query: runSchema.ReadProvenanceQuery,
      answer: runSchema.ReadProvenanceResponse,
    },
    {
      method: 'get',
      path: '/runs/{ref}/system',
      summary: 'How the machine of a run fared',
      access: 'read',
      query: runSchema.ReadSystemQuery,
      answer: runSchema.ReadSystemResponse,
    },
    ...RUN_PART_ROUTES,
    {
      method: 'post',
      path: '/agent/register',
      summary: 'Register an agent',
      access: 'work',
      body: RegisterAgentRequest,
      answer: RegisterAgentResponse,
    },
    {
      method: 'get',
      path: '/agent/last-metric',
      summary: "When the run whose key is shown last reported a metric through W&B's client",
      access: 'work',
      isForRuns: true,
      answer: LastMetricResponse,
    },
    {
      method: 'get',
      path: '/agents',
      summary: 'List agents',
      access: 'read',
      query: agentSchema.ListAgentsQuery,
      answer: agentSchema.ListAgentsResponse,
    },
    {
      method: 'get',
      path: '/agents/timeline',
      summary: 'What the slots of agents worked when',
      access: 'read',
      query: fleet.TimelineQuery,
      answer: fleet.TimelineResponse,
    },
    ...agentSchema.AGENT_ORDER_NAMES.map((order): ApiRoute => ({
      method: 'post',
      path: `/agents/{ref}/${order}`,
      summary: ORDER_SUMMARIES[order],
      access: 'admin',
      body: agentSchema.OrderAgentRequest,
      answer: agentSchema.OrderAgentResponse,
    })),
    {
      method: 'get',
      path: '/resolve/{ref}',
      summary: 'What an id, prefix or name stands for',
      access: 'anyone',
      query: parts.ResolveQuery,
      answer: api.ResolveResponse,
    },
    {
      method: 'get',
      path: '/changes',
      summary: 'What changed since a place in the change log',
      access: 'read',
      query: api.ReadChangesQuery,
      answer: api.ReadChangesResponse,
    },
    {
      method: 'get',
      path: '/changes/stream',
      summary: 'The same as server-sent events',
      access: 'read',
      query: api.StreamChangesQuery,
      answer: live.ChangesMessage,
      contentTypes: ['text/event-stream'],
    },
    {
      method: 'get',
      path: '/whoami',
      summary: 'Whose token this is, and what it may do',
      access: 'anyone',
      answer: access.WhoamiResponse,
    },
    {
      method: 'get',
      path: '/tokens',
      summary: 'List tokens',
      access: 'admin',
      answer: access.ListTokensResponse,
    },
    {
      method: 'post',
      path: '/tokens',
      summary: 'Make a token',
      access: 'admin',
      body: access.CreateTokenRequest,
      status: 201,
      answer: access.CreateTokenResponse,
    },
    {
      method: 'post',
      path: '/tokens/{ref}/revoke',
      summary: 'Revoke a token',
      access: 'admin',
      answer: access.RevokeTokenResponse,
    },
    {
      method: 'post',
      path: '/session',
      summary: 'Log the page in, with a token or a ticket',
      access: 'login',
      body: access.CreateSessionRequest,
      status: 201,
      answer: access.WhoamiResponse,
    },
    {
      method: 'delete',
      path: '/session',
      summary: 'Log the page out',
      access: 'anyone',
      answer: access.EndSessionResponse,
    },
    {
      method: 'post',
      path: '/session/ticket',
      summary: 'Make a link that logs a page in, once',
      access: 'read',
      isTokenOnly: true,
      body: access.CreateTicketRequest,
      status: 201,
      answer: access.CreateTicketResponse,
    },
  ]),
]

function prefixed(routes: readonly ApiRoute[]): ApiRoute[] {
  return routes.map((route) => ({ ...route, path: `${api.API_PREFIX}${route.path}` }))
}

export function createOpenApiDocument(version: string): object {
  const registry = new OpenAPIRegistry()
  registry.registerComponent('securitySchemes', 'token', { type: 'http', scheme: 'bearer' })
  for (const route of API_ROUTES) registry.registerPath(describeRoute(route))
  return new OpenApiGeneratorV31(registry.definitions).generateDocument({
    openapi: '3.1.0',
    info: { title: 'sweep', version, description: 'Self-hosted hyperparameter sweeps' },
  })
}

function describeRoute(route: ApiRoute): RouteConfig {
  const json = (schema: ZodType) => ({ 'application/json': { schema } })
  const request = {
    ...(route.path.includes('{ref}') ? { params: api.RefParams } : {}),
    ...(route.query === undefined ? {} : { query: route.query }),
    ...(route.body === undefined
      ? {}
      : { body: { content: json(route.body), required: !route.body.safeParse({}).success } }),
  }
  const schema = route.answer === undefined ? {} : { schema: route.answer }
  const content =
    route.contentTypes === undefined && route.answer === undefined
      ? {}
      : Object.fromEntries((route.contentTypes ?? ['application/json']).map((type) => [type, schema]))
  return {
    method: route.method,
    path: route.path,
    summary: route.summary,
    request,
    ...(route.access === 'open' ? {} : { security: [{ token: [] }] }),
    responses: {
      [String(route.status ?? 200)]: { description: 'Done', content },
      default: { description: 'Refused or failed, in words', content: json(api.ErrorResponse) },
    },
  }
}
