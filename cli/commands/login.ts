// `sweep login`: proves a token to a server and keeps it for later commands.
import { defineCommand } from '../command.ts'
import { keepCredential } from '../credentials.ts'
import { readSecret } from '../read-secret.ts'
import { checkUrl, DEFAULT_SERVER, resolveServerAddress } from '../server-address.ts'
import { askWhoami, describeWhoami } from '../whoami.ts'

interface Options {
  readonly tokenFile?: string
}

export const command = defineCommand<Options>({
  name: 'login',
  summary: 'Keep a token for a server',
  arguments: '[url]',
  examples: [
    ['sweep login https://sweep.example', 'asks for the token, and does not show it'],
    ['sweep login http://gpu-head:8765 --token-file token', 'takes it from a file'],
    ['pass show sweep | sweep login', 'takes it from a pipe'],
  ],
  options: [{ flags: '--token-file <file>', description: 'a file that holds the token and nothing else' }],
  notes: [
    'The token is tried at the server first. It is kept in $XDG_CONFIG_HOME/sweep/credentials',
    '(mode 0600), one per server. SWEEP_TOKEN and SWEEP_TOKEN_FILE win over it.',
  ],
  next: ['sweep whoami', 'sweep token new --role viewer      a token for somebody else'],
  run: async (context, [url], options) => {
    const { env } = context.io
    const server =
      url === undefined ? resolveServerAddress(env, context.globals.server).url : checkUrl(url, 'URL')
    const token = await readSecret(context, `Token for ${server}:`, options.tokenFile)
    const origin = options.tokenFile ?? 'standard input'
    const identity = await askWhoami(context, server, { token, origin })
    const file = keepCredential(env, server, token)
    if (context.isJson) {
      context.print(JSON.stringify({ schema: 'sweep.login/1', server, ...identity, file }))
      return 0
    }
    context.print(`logged in to ${server} as ${describeWhoami(identity)}`)
    for (const name of ['SWEEP_TOKEN', 'SWEEP_TOKEN_FILE'])
      if (env[name]) context.note(`${name} is set and wins over it.`)
    const isUsed = resolveServerAddress(env, context.globals.server).url === server
    if (!isUsed && server !== DEFAULT_SERVER)
      context.note(`Use it from here on:  export SWEEP_SERVER=${server}`)
    return 0
  },
})
