// Reads the leader's commands from this agent's list, one after the other. A command may be lost or repeated: the
// leader says it again.
import type { Redis } from 'ioredis'
import { Command, redisNames } from '../sweeps/protocol.ts'
import { setTimeout as delay } from 'node:timers/promises'

export interface CommandReaderOptions {
  /** Only for the blocking read. */
  readonly client: Redis
  readonly deployment: string
  readonly agentId: string
  readonly onCommand: (command: Command) => Promise<void>
  /** A command that is none, or that could not be carried out. */
  readonly onUnusable: (reason: string) => void
}

/** Below the socket's timeout. */
const BLOCK_SECONDS = 10
const RETRY_DELAY_MS = 500

export class CommandReader {
  private isClosed = false
  private readonly reading: Promise<void>

  constructor(private readonly options: CommandReaderOptions) {
    this.reading = this.readAll()
  }

  /** Ends the blocking read by closing the client. */
  async close(): Promise<void> {
    this.isClosed = true
    this.options.client.disconnect()
    await this.reading
  }

  private async readAll(): Promise<void> {
    const key = redisNames(this.options.deployment).commands(this.options.agentId)
    while (!this.isClosed) {
      let text: string | undefined
      try {
        text = (await this.options.client.blpop(key, BLOCK_SECONDS))?.[1]
      } catch {
        // The client's own listener tells why; FLUSHALL, a restart and a refused login all pass.
        if (!this.isClosed) await delay(RETRY_DELAY_MS)
      }
      if (text !== undefined && !this.isClosed) await this.carryOut(text)
    }
  }

  private async carryOut(text: string): Promise<void> {
    try {
      await this.options.onCommand(Command.parse(JSON.parse(text)))
    } catch (error) {
      this.options.onUnusable(error instanceof Error ? error.message : String(error))
    }
  }
}
