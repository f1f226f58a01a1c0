// `sweep token new|ls|revoke`: tokens for people, programs and machines.
import type {
  CreateTokenResponse,
  ListTokensResponse,
  RevokeTokenResponse,
  TokenJson,
} from '../../sweeps/access-schema.ts'
import { ROLES, type Role } from '../../sweeps/access.ts'
import { SweepError } from '../../sweeps/errors.ts'
import { defineCommand } from '../command.ts'
import type { CommandContext } from '../command.ts'
import { formatAge, parseDuration } from '../durations.ts'
import { layOutTable } from '../table.ts'
import { printable } from '../terminal.ts'
import { withSchema } from '../with-schema.ts'

interface Options {
  readonly role?: Role
  /** Milliseconds. */
  readonly ttl?: number
  readonly name?: string
  readonly all: boolean
}

const DEFAULT_TTL_MS = 30 * 86_400_000
const SCHEMA = 'sweep.token/1'

export const command = defineCommand<Options>({
  name: 'token',
  summary: 'Make, list and revoke tokens',
  arguments: '<new|ls|revoke> [id]',
  examples: [
    ['sweep token new --role agent --ttl 7d --name gpu-3 > token', 'the token alone, shown once'],
    ['sweep token ls', 'who holds one, and when it was last used'],
    ['sweep token revoke k3v9', 'it ends at once, and the pages that it opened'],
  ],
  options: [
    { flags: '--role <role>', description: 'viewer (or read), agent or admin', parse: parseRole },
    {
      flags: '--ttl <duration>',
      description: 'how long it is good (default 30d)',
      parse: parseDuration,
    },
    { flags: '--name <text>', description: 'whose it is, for the list' },
    { flags: '--all', description: 'ls: also those that have ended', default: false },
  ],
  notes: [
    'viewer: reads everything, changes nothing. agent: what `sweep agent` needs. admin: everything,',
    'and with it any command on every agent. Only an admin makes and lists tokens.',
  ],
  next: ['sweep login      keep it on the other machine'],
  run: async (context, [action = '', id], options) => {
    const run = ACTIONS[action]
    if (run === undefined) {
      throw new SweepError('USAGE', `no such action: sweep token ${action}`, {
        hint: `One of ${Object.keys(ACTIONS).join(', ')}.  See:  sweep token --help`,
      })
    }
    await run(context, id, options)
    return 0
  },
})

type Action = (context: CommandContext, id: string | undefined, options: Options) => Promise<void>

const ACTIONS: Readonly<Record<string, Action>> = {
  async new(context, id, { role, ttl = DEFAULT_TTL_MS, name }) {
    if (id !== undefined)
      throw new SweepError('USAGE', 'sweep token new takes no id', { hint: 'Use --name.' })
    if (role === undefined) {
      throw new SweepError('USAGE', 'which role shall the token have?', {
        hint: `--role ${ROLES.join(', --role ')}`,
      })
    }
    const ttlSeconds = Math.ceil(ttl / 1000)
    const body = { role, ttlSeconds, ...(name === undefined ? {} : { name }) }
    const text = await context.api().post('/tokens', body)
    if (context.isJson) return context.print(withSchema(text, SCHEMA))
    const { token, secret } = JSON.parse(text) as CreateTokenResponse // the server's own schema
    context.print(secret)
    if (context.globals.quiet) return
    context.note(`${token.role} token ${token.id}, until ${token.expiresAt}. It is not shown again.`)
  },

  async ls(context, id, { all }) {
    if (id !== undefined) throw new SweepError('USAGE', 'sweep token ls takes no id')
    const text = await context.api().get('/tokens')
    if (context.isJson) return context.print(withSchema(text, SCHEMA))
    const { tokens } = JSON.parse(text) as ListTokensResponse // the server's own schema
    const shown = tokens.filter((token) => all || token.state === 'good')
    if (context.globals.quiet) for (const token of shown) context.print(token.id)
    else if (shown.length === 0) context.note('No tokens.  Make one:  sweep token new --role viewer')
    else for (const line of renderTokens(shown, context.now(), context.width)) context.print(line)
  },

  async revoke(context, id) {
    if (id === undefined) {
      throw new SweepError('USAGE', 'which token shall be revoked?', { hint: 'Their ids:  sweep token ls' })
    }
    const text = await context.api().post(`/tokens/${encodeURIComponent(id)}/revoke`, {})
    if (context.isJson) return context.print(withSchema(text, SCHEMA))
    const { token, changed } = JSON.parse(text) as RevokeTokenResponse // the server's own schema
    const name = `${token.id}  "${printable(token.name)}"`
    context.print(changed ? `Revoked ${name}` : `${name} was revoked before`)
  },
}

function renderTokens(tokens: readonly TokenJson[], now: number, width: number | null): string[] {
  const columns = [
    { title: 'token' },
    { title: 'name', isElastic: true },
    { title: 'role' },
    { title: 'state' },
    { title: 'until' },
    { title: 'last used' },
    { title: 'made by' },
  ]
  const rows = tokens.map((token) => [
    token.id,
    printable(token.name),
    token.role,
    token.state,
    token.expiresAt.slice(0, 10),
    token.lastUsedAt === null ? 'never' : `${formatAge(now - Date.parse(token.lastUsedAt))} ago`,
    printable(token.createdBy),
  ])
  return layOutTable(columns, rows, { width })
}

function parseRole(text: string, flag: string): Role {
  const role = text === 'read' ? 'viewer' : text
  const known = ROLES.find((candidate) => candidate === role)
  if (known !== undefined) return known
  throw new SweepError('USAGE', `${flag}: "${text}" is no role`, { hint: `One of ${ROLES.join(', ')}.` })
}
