// Asks a server whose token this is.
import type { WhoamiResponse } from '../sweeps/access-schema.ts'
import { createApiClient } from './api-client.ts'
import type { CommandContext } from './command.ts'
import { printable } from './terminal.ts'
import type { FoundToken } from './token.ts'

/** @throws SweepError UNAUTHORIZED when the server does not take the token, SERVER_UNREACHABLE */
export async function askWhoami(
  context: CommandContext,
  server: string,
  token: FoundToken | null,
): Promise<WhoamiResponse> {
  const onRequest = context.globals.verbose ? context.note : undefined
  const client = createApiClient({ server, token, timeoutMs: context.globals.timeout ?? 60_000, onRequest })
  return JSON.parse(await client.get('/whoami')) as WhoamiResponse // the server's own schema
}

/** `ci (viewer), until 2026-12-24T08:00:00.000Z` */
export function describeWhoami({ name, role, expiresAt }: WhoamiResponse): string {
  return `${printable(name)} (${role})${expiresAt === null ? '' : `, until ${expiresAt}`}`
}
