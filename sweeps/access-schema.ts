// The part of the HTTP API that is about who asks: tokens, whoami, the page's session. As api-schema.ts.
import { z } from 'zod'
import { ROLES } from './access.ts'
import { TOKEN_PATTERN } from './access-token.ts'
import { MAX_NAME_LENGTH } from './api-schema.ts'

const DAY_SECONDS = 86_400
export const MAX_TOKEN_DAYS = 3660

const Time = z.iso.datetime()
const RoleJson = z.enum(ROLES).meta({ id: 'Role' })
const TokenText = z
  .string()
  .max(1024)
  .regex(TOKEN_PATTERN, 'a token is 48 or more letters, digits and underscores')

export const WhoamiResponse = z
  .object({
    name: z.string(),
    role: RoleJson,
    /** null: the admin token of the data folder. */
    tokenId: z.string().nullable(),
    expiresAt: Time.nullable(),
  })
  .meta({ id: 'Whoami' })
export type WhoamiResponse = z.infer<typeof WhoamiResponse>

export const TokenJson = z
  .object({
    id: z.string(),
    name: z.string(),
    role: RoleJson,
    state: z.enum(['good', 'expired', 'revoked']),
    createdBy: z.string(),
    createdAt: Time,
    expiresAt: Time,
    revokedAt: Time.nullable(),
    /** To the minute. */
    lastUsedAt: Time.nullable(),
  })
  .meta({ id: 'Token' })
export type TokenJson = z.infer<typeof TokenJson>

export const CreateTokenRequest = z
  .strictObject({
    role: RoleJson,
    ttlSeconds: z
      .number()
      .int()
      .min(1)
      .max(MAX_TOKEN_DAYS * DAY_SECONDS),
    name: z
      .string()
      .trim()
      .min(1)
      .max(MAX_NAME_LENGTH)
      .regex(/^[^\u0000-\u001f\u007f]*$/, 'must be one line without control characters')
      .optional(),
  })
  .meta({ id: 'CreateTokenRequest' })
export type CreateTokenRequest = z.infer<typeof CreateTokenRequest>

/** The only answer that holds a token. */
export const CreateTokenResponse = z
  .object({ token: TokenJson, secret: z.string() })
  .meta({ id: 'CreateTokenResponse' })
export type CreateTokenResponse = z.infer<typeof CreateTokenResponse>

export const ListTokensResponse = z.object({ tokens: z.array(TokenJson) }).meta({ id: 'ListTokensResponse' })
export type ListTokensResponse = z.infer<typeof ListTokensResponse>

export const RevokeTokenResponse = z
  .object({ token: TokenJson, changed: z.boolean() })
  .meta({ id: 'RevokeTokenResponse' })
export type RevokeTokenResponse = z.infer<typeof RevokeTokenResponse>

/** Either of them; neither when the Authorization header has the token. */
export const CreateSessionRequest = z
  .strictObject({ token: TokenText.optional(), ticket: TokenText.optional() })
  .refine((body) => body.token === undefined || body.ticket === undefined, 'a token or a ticket, not both')
  .meta({ id: 'CreateSessionRequest' })

export const EndSessionResponse = z.object({ ended: z.boolean() }).meta({ id: 'EndSessionResponse' })
export type EndSessionResponse = z.infer<typeof EndSessionResponse>

export const CreateTicketRequest = z
  .strictObject({
    /** Of the page that the link opens. */
    path: z
      .string()
      .max(200)
      .regex(/^\/(?:[A-Za-z0-9_-]+\/?)*$/, 'must be a path on this server')
      .default('/'),
  })
  .meta({ id: 'CreateTicketRequest' })

export const CreateTicketResponse = z
  .object({
    ticket: z.string(),
    /** The page with the ticket behind the #, which browsers send to no server. */
    url: z.string(),
    expiresAt: Time,
  })
  .meta({ id: 'CreateTicketResponse' })
export type CreateTicketResponse = z.infer<typeof CreateTicketResponse>
