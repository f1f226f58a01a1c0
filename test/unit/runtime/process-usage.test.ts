import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { identifyProcess } from '../../../runtime/process-tree.ts'
import { parseStat, readFamilyUsage } from '../../../runtime/process-usage.ts'

describe('the usage of a family of processes', () => {
  it('reads a command name with spaces and parentheses', () => {
    const fields = ['S', 1, 2, 3, 0, 0, 0, 0, 0, 0, 0, 10, 5, 2, 1, 20, 0, 4, 0, 99, 0, 0]
    expect(parseStat(7, `7 (a) b (c) ${fields.join(' ')}`)).toMatchObject({
      pid: 7,
      parentPid: 1,
      cpuTicks: 18,
      threadCount: 4,
      startTicks: 99,
    })
  })

  it('counts children that left the group, and time of children that are gone', async () => {
    // The leader burns time in a child that ends, then starts one in a session of its own.
    const script = `
      import subprocess, sys
      subprocess.run([sys.executable, "-c", "x = 0\\nfor i in range(1000000): x += i"])
      child = subprocess.Popen(["cat"], stdin=subprocess.PIPE, start_new_session=True)
      print("ready", flush=True)
      sys.stdin.read()
      child.stdin.close(); child.wait()`
    const leader = spawn('python3', ['-c', script.replaceAll('\n      ', '\n').trim()], {
      detached: true,
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    try {
      await once(leader.stdout, 'data')
      const identity = identifyProcess(leader.pid ?? 0)
      if (identity === null) throw new Error('the leader is not in /proc')
      const usage = readFamilyUsage([identity]).get(identity.pid)
      expect(usage?.processCount).toBe(2)
      expect(usage?.cpuSeconds).toBeGreaterThan(0.02)
      expect(usage?.residentBytes).toBeGreaterThan(4_000_000)
      expect(readFamilyUsage([{ ...identity, startTicks: identity.startTicks + 1 }]).size).toBe(0)
    } finally {
      leader.stdin.end()
      await once(leader, 'close')
    }
  })
})
