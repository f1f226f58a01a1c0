// A TCP proxy on loopback that can be cut: silently, as a network that drops packets, or loudly, as a host that
// refuses. What was under way during a silent cut arrives after it, as TCP's repetition would have it.
import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'

export type CutMode = 'silent' | 'refusing' | 'silent up' | 'silent down'

export interface PausingProxy {
  readonly port: number
  /** 'silent up': only what clients send is held; 'silent down': only what they are answered. */
  cut(mode: CutMode): void
  heal(): void
  close(): Promise<void>
}

interface Pair {
  readonly client: Socket
  readonly upstream: Socket
}

/** @param target where the server listens, read at each connection */
export async function startPausingProxy(target: () => { host: string; port: number }): Promise<PausingProxy> {
  const pairs = new Set<Pair>()
  let mode: CutMode | null = null

  function apply({ client, upstream }: Pair): void {
    const holdsUp = mode === 'silent' || mode === 'silent up'
    const holdsDown = mode === 'silent' || mode === 'silent down'
    pass(client, upstream, !holdsUp)
    pass(upstream, client, !holdsDown)
  }

  /** Piping twice would send every byte twice. */
  function pass(from: Socket, to: Socket, isOpen: boolean): void {
    from.unpipe(to)
    if (isOpen) from.pipe(to)
    else from.pause()
  }

  const server = createServer((client) => {
    client.on('error', () => {})
    if (mode === 'refusing') {
      client.destroy()
      return
    }
    const upstream = connect(target())
    upstream.on('error', () => {})
    const pair = { client, upstream }
    pairs.add(pair)
    const end = () => {
      pairs.delete(pair)
      client.destroy()
      upstream.destroy()
    }
    client.once('close', end)
    upstream.once('close', end)
    apply(pair)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    cut(next) {
      mode = next
      for (const pair of pairs) {
        if (mode === 'refusing') pair.client.destroy()
        else apply(pair)
      }
    },
    heal() {
      mode = null
      for (const pair of pairs) apply(pair)
    },
    close() {
      for (const { client, upstream } of pairs) {
        client.destroy()
        upstream.destroy()
      }
      return new Promise((resolve) => void server.close(() => resolve()))
    },
  }
}
