// POST /graphql: parses, validates and executes one operation. What goes wrong is a GraphQL error in words with status
// 200, as W&B's servers answer; who asks was settled before.
import { GraphQLError, execute, parse, validate } from 'graphql'
import type { ExecutionResult, GraphQLSchema } from 'graphql'
import type { RequestHandler } from 'express'
import { z } from 'zod'
import type { Logger } from '../../runtime/logger.ts'
import { ERROR_CODES, SweepError } from '../../sweeps/errors.ts'
import { requirePrincipal } from '../middleware/access-control.ts'
import { requestIdOf } from '../middleware/request-context.ts'
import type { Caller } from './caller.ts'
import { StatusError } from './http-status.ts'

const GraphqlRequest = z.object({
  query: z.string(),
  variables: z.record(z.string(), z.unknown()).nullish(),
  operationName: z.string().nullish(),
})

/** W&B's largest document has about 800. */
const MAX_TOKENS = 10_000

export function createGraphqlRoute(schema: GraphQLSchema, log: Logger): RequestHandler {
  return async (request, response) => {
    const asked = GraphqlRequest.parse(request.body)
    const caller: Caller = {
      principal: requirePrincipal(response),
      baseUrl: `${request.protocol}://${request.get('host') ?? ''}`,
    }
    const result = await answer(schema, asked, caller)
    const failure = result.errors?.find(isOurs)
    if (failure !== undefined) {
      const { code } = toSweepError(failure.originalError)
      const { stack } = failure.originalError ?? failure
      if (code === 'INTERNAL')
        log.error('wandb.failed', { requestId: requestIdOf(response), reason: failure.message, stack })
      if (failure.originalError instanceof StatusError) response.status(ERROR_CODES[code].status)
    }
    response.json({
      ...(result.data === undefined ? { data: null } : { data: result.data }),
      ...(result.errors === undefined ? {} : { errors: result.errors.map(presentError) }),
    })
  }
}

async function answer(
  schema: GraphQLSchema,
  asked: z.infer<typeof GraphqlRequest>,
  contextValue: Caller,
): Promise<ExecutionResult> {
  try {
    const document = parse(asked.query, { maxTokens: MAX_TOKENS })
    const errors = validate(schema, document, undefined, { maxErrors: 20 })
    if (errors.length > 0) return { errors }
    return await execute({
      schema,
      document,
      contextValue,
      variableValues: asked.variables ?? {},
      operationName: asked.operationName || null, // W&B's core sends an empty one
    })
  } catch (error) {
    if (error instanceof GraphQLError) return { errors: [error] }
    throw error
  }
}

/** Thrown by a resolver, not by the caller's text or variables. */
function isOurs({ originalError }: GraphQLError): boolean {
  return originalError !== undefined && !(originalError instanceof GraphQLError)
}

function toSweepError(error: Error | undefined): SweepError {
  if (error instanceof SweepError) return error
  return new SweepError('INTERNAL', 'something went wrong in the controller', {
    hint: "This is a bug. The controller's log has it as wandb.failed.",
  })
}

function presentError(error: GraphQLError): object {
  const { path, locations } = error
  if (!isOurs(error)) return { message: error.message, path, locations }
  const { message, hint, code } = toSweepError(error.originalError)
  return {
    message: hint === undefined ? message : `${message}. ${hint}`,
    path,
    locations,
    extensions: { code, status: ERROR_CODES[code].status },
  }
}
