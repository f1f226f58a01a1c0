// The OpenAPI 3.1 document of the API, made from the schemas of sweeps/api-schema.ts that the routes parse with.
import { OpenApiGeneratorV31, OpenAPIRegistry, type RouteConfig } from '@asteasolutions/zod-to-openapi'
import type { ZodType } from 'zod'
import * as api from '../sweeps/api-schema.ts'
import { RegisterAgentRequest, RegisterAgentResponse } from '../sweeps/protocol.ts'

interface ApiRoute {
  readonly method: 'get' | 'post' | 'patch'
  /** With `{ref}`; without the prefix unless it starts at the root. */
  readonly path: string
  readonly summary: string
  readonly query?: NonNullable<NonNullable<RouteConfig['request']>['query']>
  readonly body?: ZodType
  readonly status?: number
  readonly answer?: ZodType
  /** When the answer is no JSON. */
  readonly contentTypes?: readonly string[]
  readonly isOpen?: boolean
}

/** Every route that the app serves; openapi.test.ts compares it with the app. */
export const API_ROUTES: readonly ApiRoute[] = [
  { method: 'get', path: '/healthz', summary: 'The process lives', answer: api.HealthResponse, isOpen: true },
  {
    method: 'get',
    path: '/readyz',
    summary: 'Database and Redis answer',
    answer: api.HealthResponse,
    isOpen: true,
  },
  { method: 'get', path: '/metrics', summary: 'Figures for Prometheus', contentTypes: ['text/plain'] },
  {
    method: 'get',
    path: `${api.API_PREFIX}/openapi.json`,
    summary: 'This document',
    contentTypes: ['application/json'],
  },
  ...prefixed([
    {
      method: 'post',
      path: '/sweeps',
      summary: 'Create a sweep',
      body: api.CreateSweepRequest,
      status: 201,
      answer: api.CreateSweepResponse,
    },
    {
      method: 'get',
      path: '/sweeps',
      summary: 'List sweeps',
      query: api.ListSweepsQuery,
      answer: api.ListSweepsResponse,
    },
    { method: 'get', path: '/sweeps/{ref}', summary: 'Show a sweep', answer: api.GetSweepResponse },
    ...api.SWEEP_ACTIONS.map((action): ApiRoute => ({
      method: 'post',
      path: `/sweeps/{ref}/${action}`,
      summary: `${action.charAt(0).toUpperCase()}${action.slice(1)} a sweep`,
      body: api.ChangeSweepRequest,
      answer: api.ChangeSweepResponse,
    })),
    {
      method: 'get',
      path: '/sweeps/{ref}/runs',
      summary: 'List the runs of a sweep',
      query: api.ListRunsQuery.omit({ project: true }),
      answer: api.ListRunsResponse,
    },
    {
      method: 'get',
      path: '/sweeps/{ref}/best',
      summary: 'The ranking of a sweep',
      query: api.BestRunsQuery,
      answer: api.BestRunsResponse,
    },
    {
      method: 'get',
      path: '/sweeps/{ref}/export',
      summary: 'Export runs and their history',
      query: api.ExportQuery,
      contentTypes: ['text/csv', 'application/json', 'application/x-ndjson'],
    },
    {
      method: 'get',
      path: '/sweeps/{ref}/snapshot',
      summary: 'All runs of a sweep in columns, for pages that follow the stream',
      contentTypes: ['application/json'],
    },
    {
      method: 'get',
      path: '/runs',
      summary: 'List runs',
      query: api.ListRunsQuery,
      answer: api.ListRunsResponse,
    },
    {
      method: 'post',
      path: '/runs',
      summary: 'Create a run outside a sweep',
      body: api.CreateRunRequest,
      status: 201,
      answer: api.GetRunResponse,
    },
    { method: 'get', path: '/runs/{ref}', summary: 'Show a run', answer: api.GetRunResponse },
    {
      method: 'patch',
      path: '/runs/{ref}',
      summary: 'Edit tags, notes and name of a run',
      body: api.EditRunRequest,
      answer: api.GetRunResponse,
    },
    {
      method: 'get',
      path: '/runs/{ref}/logs',
      summary: 'Read the log of a run',
      query: api.ReadLogsQuery,
      answer: api.ReadLogsResponse,
    },
    {
      method: 'get',
      path: '/runs/{ref}/metrics',
      summary: 'Read the metrics of a run',
      query: api.ReadMetricsQuery,
      answer: api.ReadMetricsResponse,
    },
    {
      method: 'post',
      path: '/agent/register',
      summary: 'Register an agent',
      body: RegisterAgentRequest,
      answer: RegisterAgentResponse,
    },
    {
      method: 'get',
      path: '/agents',
      summary: 'List agents',
      query: api.ListAgentsQuery,
      answer: api.ListAgentsResponse,
    },
    {
      method: 'get',
      path: '/resolve/{ref}',
      summary: 'What an id, prefix or name stands for',
      answer: api.ResolveResponse,
    },
    {
      method: 'get',
      path: '/changes',
      summary: 'What changed since a place in the change log',
      query: api.ReadChangesQuery,
      answer: api.ReadChangesResponse,
    },
    {
      method: 'get',
      path: '/changes/stream',
      summary: 'The same as server-sent events',
      query: api.StreamChangesQuery,
      contentTypes: ['text/event-stream'],
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
    ...(route.body === undefined ? {} : { body: { content: json(route.body) } }),
  }
  const content =
    route.answer === undefined
      ? Object.fromEntries((route.contentTypes ?? []).map((type) => [type, {}]))
      : json(route.answer)
  return {
    method: route.method,
    path: route.path,
    summary: route.summary,
    request,
    ...(route.isOpen === true ? {} : { security: [{ token: [] }] }),
    responses: {
      [String(route.status ?? 200)]: { description: 'Done', content },
      default: { description: 'Refused or failed, in words', content: json(api.ErrorResponse) },
    },
  }
}
