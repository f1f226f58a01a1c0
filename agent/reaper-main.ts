// The reaper: a process of its own that learns from its agent what the agent starts, and kills all of it when the
// agent is gone, however it went. It reads JSON lines on standard input; the end of the input is the agent's end.
import { createInterface } from 'node:readline'
import { findByEnvironment, findFamily, killUntilQuiet } from '../runtime/process-tree.ts'
import type { ProcessIdentity } from '../runtime/process-tree.ts'

/** What an agent tells its reaper. */
export type ReaperMessage =
  | { readonly learn: string }
  | { readonly cookie: string; readonly leader: ProcessIdentity }
  | { readonly forget: string }

const leaders = new Map<string, ProcessIdentity | null>()

// A signal to the agent's terminal or service must not end the reaper before its work.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const) process.on(signal, () => {})

for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line) as ReaperMessage // written by reaper.ts
  if ('learn' in message) leaders.set(message.learn, null)
  else if ('leader' in message) leaders.set(message.cookie, message.leader)
  else leaders.delete(message.forget)
}

if (leaders.size > 0) {
  const find = () => [
    ...new Set(
      [...leaders].flatMap(([cookie, leader]) => [
        ...findByEnvironment(cookie),
        ...(leader ? findFamily(leader) : []),
      ]),
    ),
  ]
  await killUntilQuiet(find, { quietWalks: 2, pauseMs: 500, limitMs: 15_000 })
}
process.exit(0)
