// What a connection would carry for an agent that has none and polls: its beats and reports go into the report stream,
// its jobs come out of its mailbox. What it is told and what follows from its words is decided elsewhere
// (polling-agent-service.ts).
import type { Redis } from 'ioredis'
import { setTimeout as delay } from 'node:timers/promises'
import { AttemptJob, PROTOCOL_VERSION, redisNames } from '../../sweeps/protocol.ts'
import type { PolledAgents } from '../dispatch-port.ts'
import type { AgentRegistry } from './agent-registry.ts'

/**
 * Takes the oldest job out of a mailbox, for good.
 *   KEYS[1] the queue's wait list   ARGV[1] what the keys of its jobs begin with
 *   returns the job's data, nil: there is none
 */
const TAKE_SCRIPT = `
while true do
  local id = redis.call('RPOP', KEYS[1])
  if not id then return nil end
  local job = ARGV[1] .. id
  local data = redis.call('HGET', job, 'data')
  redis.call('DEL', job)
  if data then return data end
end
`

/** From look to look into the mailbox; the leader's offer is there some 30 ms after the beat. */
const FIRST_LOOK_MS = 20
const LONGEST_LOOK_MS = 160

/** A mailbox whose agent will not come back leaves nothing for ever. */
const MAILBOX_TTL_SECONDS = 86_400
const MAILBOX_KEYS = ['meta', 'events', 'marker', 'id'] as const

export function createPolledAgents(options: {
  readonly registry: Pick<AgentRegistry, 'authenticate'>
  readonly control: Redis
  readonly deployment: string
}): PolledAgents {
  const { control, registry } = options
  const names = redisNames(options.deployment)

  async function take(agentId: string): Promise<AttemptJob | null> {
    const prefix = `${names.queuePrefix}:${names.mailbox(agentId)}:`
    const data = await control.eval(TAKE_SCRIPT, 1, `${prefix}wait`, prefix)
    return typeof data === 'string' ? AttemptJob.parse(JSON.parse(data)) : null
  }

  return {
    authenticate: (agentId, key) => registry.authenticate(agentId, key),

    async say({ agentId, agentKey, incarnation, host }, { beat, reports }) {
      const envelope = { protocol: PROTOCOL_VERSION, agentId, agentKey, incarnation, host, beat, reports }
      const prefix = `${names.queuePrefix}:${names.mailbox(agentId)}:`
      const pipeline = control.pipeline().xadd(names.reports, '*', 'm', JSON.stringify(envelope))
      // What commands would tell it is read from the store at each poll.
      pipeline.del(names.commands(agentId))
      for (const key of MAILBOX_KEYS) pipeline.expire(prefix + key, MAILBOX_TTL_SECONDS)
      const [added] = (await pipeline.exec()) ?? []
      if (added?.[0]) throw added[0]
    },

    async takeJob(agentId, limitMs) {
      const deadline = performance.now() + limitMs
      for (let waitMs = FIRST_LOOK_MS; ; waitMs = Math.min(LONGEST_LOOK_MS, waitMs * 1.5)) {
        const job = await take(agentId)
        if (job !== null || performance.now() >= deadline) return job
        await delay(waitMs)
      }
    },
  }
}
