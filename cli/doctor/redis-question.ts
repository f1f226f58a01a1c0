// One question to a Redis, in its own protocol over a plain or TLS socket: which maxmemory-policy it has. The client
// library belongs to controller and agent; a doctor must also work when loading them is what fails.
import { connect, isIP } from 'node:net'
import type { Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'

const LIMIT_MS = 4000

/** Its maxmemory-policy. @throws Error with the reason, without the password */
export function askRedisPolicy(redisUrl: string): Promise<string> {
  const url = new URL(redisUrl)
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const port = Number(url.port) || 6379
  const password = decodeURIComponent(url.password)
  const user = decodeURIComponent(url.username)
  const login = password === '' ? [] : [['AUTH', ...(user === '' ? [] : [user]), password]]
  return new Promise((resolve, reject) => {
    const socket: Socket =
      url.protocol === 'rediss:'
        ? connectTls({ host, port, ...(isIP(host) === 0 ? { servername: host } : {}) })
        : connect({ host, port })
    let answer = ''
    const settle = (outcome: string | Error) => {
      socket.destroy()
      if (typeof outcome === 'string') resolve(outcome)
      else reject(outcome)
    }
    socket.setTimeout(LIMIT_MS, () => settle(new Error(`no answer within ${LIMIT_MS / 1000} s`)))
    socket.once('error', (error: NodeJS.ErrnoException) => settle(new Error(error.code ?? error.message)))
    socket.once('close', () => settle(new Error('it closed the connection')))
    socket.on('data', (bytes) => {
      answer += bytes.toString('latin1')
      const refusal = /^-(.*)\r\n/m.exec(answer)?.[1]
      const policy = /^maxmemory_policy:(\S+)/m.exec(answer)?.[1]
      if (refusal !== undefined) settle(new Error(refusal))
      else if (policy !== undefined) settle(policy)
      else if (answer.length > 65_536) settle(new Error('it is no Redis'))
    })
    for (const words of [...login, ['INFO', 'memory']]) socket.write(encodeCommand(words))
  })
}

function encodeCommand(words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`
}
