// Commands to agents: one Redis list each. A lost command is healed by the next beat, so sending never retries.
import type { Redis } from 'ioredis'
import { redisNames } from '../../sweeps/protocol.ts'
import type { Command } from '../../sweeps/protocol.ts'
import type { AgentId } from '../../sweeps/sweep.ts'
import type { Logger } from '../../runtime/logger.ts'

/** An agent that is away finds at most this many commands; beats repeat what still matters. */
const MAX_WAITING_COMMANDS = 1_000
const LIST_TTL_SECONDS = 3_600

export interface CommandSender {
  /** Commands for several agents in one round trip. Never rejects. */
  send(commands: ReadonlyMap<AgentId, readonly Command[]>): Promise<void>
}

export function createCommandSender(control: Redis, deployment: string, log: Logger): CommandSender {
  const names = redisNames(deployment)
  return {
    async send(commands) {
      const pipeline = control.pipeline()
      for (const [agentId, list] of commands) {
        if (list.length === 0) continue
        const key = names.commands(agentId)
        pipeline.rpush(key, ...list.map((command) => JSON.stringify(command)))
        pipeline.ltrim(key, -MAX_WAITING_COMMANDS, -1)
        pipeline.expire(key, LIST_TTL_SECONDS)
      }
      if (pipeline.length === 0) return
      try {
        await pipeline.exec()
      } catch (error) {
        log.debug('commands.sending_failed', { reason: (error as Error).message })
      }
    },
  }
}
