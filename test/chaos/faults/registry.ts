// Every fault of the suite, in the order in which they are run: the one place that knows them all.
import { agentGone, agentRestarted } from './agent-killed.ts'
import { badAgent } from './bad-agent.ts'
import { controllerKilled, controllerKilledAtPoint } from './controller-killed.ts'
import { agentDiskFull, controllerDiskFull } from './disk-full.ts'
import type { Fault } from './fault.ts'
import { permutedMessages, replayedMessages } from './messages.ts'
import { nthDatabaseWrite, nthQueueCall, nthRedisCommand } from './nth-call.ts'
import { nthFileWrite } from './nth-file-write.ts'
import { orphans } from './orphans.ts'
import { randomCommands } from './random-commands.ts'
import { redisErased, redisKilled } from './redis.ts'
import { interrupted, terminated } from './signals.ts'
import { trainingKilled } from './training-killed.ts'
import { leaderWithoutDatabase, leaderWithoutRedis, twoControllers } from './two-controllers.ts'
import { longPartition, partition, shortPartition, stopped } from './unreachable.ts'

export const FAULTS: readonly Fault[] = [
  agentRestarted,
  agentGone,
  trainingKilled,
  controllerKilled,
  controllerKilledAtPoint,
  redisKilled,
  redisErased,
  partition,
  shortPartition,
  longPartition,
  permutedMessages,
  replayedMessages,
  stopped,
  controllerDiskFull,
  agentDiskFull,
  terminated,
  interrupted,
  orphans,
  twoControllers,
  leaderWithoutDatabase,
  leaderWithoutRedis,
  badAgent,
  nthDatabaseWrite,
  nthQueueCall,
  nthRedisCommand,
  nthFileWrite,
  randomCommands,
]
