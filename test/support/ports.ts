// Free ports and connection attempts on given addresses.
import { connect, createServer } from 'node:net'
import type { AddressInfo } from 'node:net'

/** A port that was free a moment ago on that address. Prefer `--port 0` where a program offers it. */
export function findFreePort(host = '127.0.0.1'): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, host, () => {
      const { port } = server.address() as AddressInfo // an address of a TCP server that listens
      server.close(() => resolve(port))
    })
  })
}

/** What a TCP connect to that address gives: `connected`, or the error's code, e.g. `ECONNREFUSED`. */
export function tryConnect(host: string, port: number, timeoutMs = 3000): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: timeoutMs })
    const settle = (answer: string) => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('connect', () => settle('connected'))
    socket.once('timeout', () => settle('ETIMEDOUT'))
    socket.once('error', (error: NodeJS.ErrnoException) => settle(error.code ?? error.message))
  })
}
