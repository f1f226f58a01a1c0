// `sweep whoami`: which token commands use, whose it is and what it may do.
import { defineCommand } from '../command.ts'
import { resolveServerAddress } from '../server-address.ts'
import { findToken } from '../token.ts'
import { askWhoami, describeWhoami } from '../whoami.ts'

export const command = defineCommand({
  name: 'whoami',
  summary: 'Whose token is used, and what it may do',
  examples: [
    ['sweep whoami', 'at the server that commands talk to'],
    ['sweep whoami --server https://sweep.example', 'at another one'],
    ['sweep whoami --json | jq -r .role', 'viewer, agent or admin'],
  ],
  next: ['sweep login', 'sweep help env      where a token is looked for'],
  run: async (context) => {
    const { env, cwd } = context.io
    const server = resolveServerAddress(env, context.globals.server).url
    const found = findToken({ env, cwd, server })
    const identity = await askWhoami(context, server, found)
    const tokenFrom = found?.origin ?? null
    if (context.isJson) {
      context.print(JSON.stringify({ schema: 'sweep.whoami/1', server, ...identity, tokenFrom }))
      return 0
    }
    context.print(`${describeWhoami(identity)} at ${server}`)
    if (!context.globals.quiet) context.note(`token from ${tokenFrom}`)
    return 0
  },
})
