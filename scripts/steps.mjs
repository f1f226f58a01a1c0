// What the set-up is written with: one line a step on stderr, quiet commands, and an error that is a message.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))

/** Something on this machine must be changed by a person; the message says what. */
export class SetupError extends Error {}

export function isOnPath(name) {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .some((folder) => folder !== '' && existsSync(join(folder, name)))
}

/** Quiet unless it fails: then the caller shows the output. */
export function run(command, args) {
  const result = spawnSync(command, args, {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 64 * 1024 * 1024,
  })
  const output = `${result.stdout ?? ''}${result.stderr ?? ''}${result.error ? `${result.error.message}\n` : ''}`
  return {
    ok: result.status === 0,
    status: result.status,
    output: shorten(output.trim().split('\n')).join('\n'),
  }
}

/** npm says first what is wrong, apt-get last. */
function shorten(lines) {
  return lines.length <= 40 ? lines : [...lines.slice(0, 20), '[...]', ...lines.slice(-20)]
}

export function step(label, work) {
  const startedAt = performance.now()
  process.stderr.write(`… ${label}\n`)
  work()
  process.stderr.write(`✓ ${label}  ${((performance.now() - startedAt) / 1000).toFixed(1)} s\n`)
}

export function indent(text) {
  return text.replace(/^/gm, '    ')
}
