// A network namespace as another host: a cable to this machine, and nothing else.
import { execFileSync } from 'node:child_process'
import { randomInt } from 'node:crypto'

/** Two ends of a cable: one on this machine, one in a namespace that has nothing else. */
export interface NetworkNamespace {
  readonly name: string
  /** Address of this machine's end. */
  readonly hostAddress: string
  /** Every address of this machine can be reached from inside, not only that of its own cable. @throws Error */
  routeToHost(): void
  /** The cable is pulled out: what is sent is lost, and nobody is told. */
  cut(): void
  heal(): void
  remove(): void
}

const ip = (...args: string[]) =>
  execFileSync('ip', args, { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' })

/** @throws Error when this user or this machine cannot make namespaces */
export function createNetworkNamespace(): NetworkNamespace {
  const suffix = randomInt(36 ** 5).toString(36)
  const name = `sweep-${suffix}`
  const cable = `swp${suffix}`
  // 198.18.0.0/15 is set aside for tests of network devices (RFC 2544): no real network uses it.
  const block = `198.18.${randomInt(256)}.${randomInt(64) * 4}`
  const [hostAddress, agentAddress] = [1, 2].map((offset) =>
    block.replace(/\d+$/, (last) => String(Number(last) + offset)),
  )
  if (hostAddress === undefined || agentAddress === undefined) throw new Error('no addresses')
  ip('netns', 'add', name)
  const remove = () => ip('netns', 'delete', name) // takes both ends of the cable with it
  const routeToHost = () => void ip('-n', name, 'route', 'add', 'default', 'via', hostAddress)
  try {
    ip('link', 'add', cable, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name)
    ip('addr', 'add', `${hostAddress}/30`, 'dev', cable)
    ip('link', 'set', cable, 'up')
    ip('-n', name, 'addr', 'add', `${agentAddress}/30`, 'dev', 'eth0')
    ip('-n', name, 'link', 'set', 'eth0', 'up')
    ip('-n', name, 'link', 'set', 'lo', 'up')
  } catch (error) {
    remove()
    throw error
  }
  return {
    name,
    hostAddress,
    routeToHost,
    cut: () => void ip('link', 'set', cable, 'down'),
    heal: () => void ip('link', 'set', cable, 'up'),
    remove,
  }
}

/** Why namespaces cannot be made here, or null. */
export function whyNoNamespaces(): string | null {
  try {
    createNetworkNamespace().remove()
    return null
  } catch (error) {
    return error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)
  }
}
