// The reaper: a process of its own that learns from its agent what the agent starts, and kills all of it when the
// agent is gone, however it went. It reads JSON lines on standard input; the end of the input is the agent's end.
import { createInterface } from 'node:readline'
import { clearCgroup } from '../runtime/cgroup.ts'
import { findByEnvironment, findFamily, killUntilQuiet } from '../runtime/process-tree.ts'
import type { ProcessIdentity } from '../runtime/process-tree.ts'

const CGROUP_LIMIT_MS = 5_000

/** What an agent tells its reaper. */
export type ReaperMessage =
  | { readonly learn: string }
  | { readonly cookie: string; readonly leader: ProcessIdentity; readonly cgroup: string | null }
  | { readonly forget: string }

const leaders = new Map<string, ProcessIdentity | null>()
const cgroups = new Map<string, string>()

// A signal to the agent's terminal or service must not end the reaper before its work.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const) process.on(signal, () => {})

for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line) as ReaperMessage // written by reaper.ts
  if ('learn' in message) leaders.set(message.learn, null)
  else if ('leader' in message) {
    leaders.set(message.cookie, message.leader)
    if (message.cgroup !== null) cgroups.set(message.cookie, message.cgroup)
  } else {
    leaders.delete(message.forget)
    cgroups.delete(message.forget)
  }
}

if (leaders.size > 0) {
  await Promise.all([...cgroups.values()].map((path) => clearCgroup(path, CGROUP_LIMIT_MS)))
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
