// `sweep logout`: forgets the token kept for a server. The token itself stays good; `sweep token revoke` ends it.
import { defineCommand } from '../command.ts'
import { forgetCredential } from '../credentials.ts'
import { checkUrl, resolveServerAddress } from '../server-address.ts'

export const command = defineCommand({
  name: 'logout',
  summary: 'Forget the token kept for a server',
  arguments: '[url]',
  examples: [
    ['sweep logout', 'of the server that commands talk to'],
    ['sweep logout https://sweep.example', 'of another one'],
    ['sweep token revoke ID && sweep logout', 'and nobody may use the token any more'],
  ],
  next: ['sweep login URL'],
  run: async (context, [url]) => {
    const { env } = context.io
    const server =
      url === undefined ? resolveServerAddress(env, context.globals.server).url : checkUrl(url, 'URL')
    const removed = forgetCredential(env, server)
    if (context.isJson) context.print(JSON.stringify({ schema: 'sweep.logout/1', server, removed }))
    else context.print(removed ? `logged out of ${server}` : `no token was kept for ${server}`)
    return 0
  },
})
