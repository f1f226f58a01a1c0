// An agent in a process of its own, for tests that kill it: options as JSON in argv[2], events as JSON Lines on
// stdout, SIGINT and SIGTERM as the command has them.
import { startAgent } from '../../agent/main.ts'
import type { StartAgentOptions } from '../../agent/main.ts'
import { createLogger } from '../../runtime/logger.ts'

const options = JSON.parse(process.argv[2] ?? '') as Omit<StartAgentOptions, 'log' | 'onEvent'> // written by the test
const agent = await startAgent({
  ...options,
  log: createLogger({ level: 'warn' }),
  onEvent: (event) => process.stdout.write(`${JSON.stringify(event)}\n`),
})
process.on('SIGINT', () => agent.interrupt())
process.on('SIGTERM', () => agent.terminate())
process.exitCode = await agent.done
