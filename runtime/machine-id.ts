// A name for this machine that stays the same over restarts and differs between machines that share a folder.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'

/**
 * 16 hexadecimal characters from the machine id and the host name: containers made from one image share the first,
 * hosts behind one image name may share the second.
 */
export function readMachineId(): string {
  let machineId = ''
  for (const file of ['/etc/machine-id', '/var/lib/dbus/machine-id']) {
    try {
      machineId = readFileSync(file, 'utf8').trim()
    } catch {
      continue
    }
    if (machineId !== '') break
  }
  return createHash('sha256').update(`${machineId}\n${hostname()}`).digest('hex').slice(0, 16)
}
