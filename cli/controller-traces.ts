// What a controller leaves for other commands of the same user: its address in the data folder, its address and
// token in the user's state folder.
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { answersHealth } from './api-client.ts'
import { stateFolder } from './token.ts'

type Env = Readonly<Record<string, string | undefined>>

/** `--data`, else SWEEP_DATA, else `./.sweep`. */
export function resolveDataFolder(env: Env, cwd: string, flag?: string): string {
  return resolve(cwd, flag ?? (env['SWEEP_DATA'] || '.sweep'))
}

/** The address of the controller that holds this data folder, if one answers. */
export async function findControllerOf(dataFolder: string): Promise<string | null> {
  let url: unknown
  try {
    const left: unknown = JSON.parse(readFileSync(join(dataFolder, 'controller.json'), 'utf8'))
    url = typeof left === 'object' && left !== null && 'url' in left ? left.url : undefined
  } catch {
    return null // no such file, or half-written: nobody holds it as far as we can tell
  }
  return typeof url === 'string' && (await answersHealth(url)) ? url.replace(/\/+$/, '') : null
}

/** Lets other commands of this user find the token. @returns removes the trace */
export function leaveTrace(
  env: Env,
  controller: { url: string; port: number; token: string; dataFolder: string },
) {
  const folder = stateFolder(env)
  const path = join(folder, `up-${controller.port}.json`)
  const content = {
    url: controller.url,
    token: controller.token,
    dataFolder: controller.dataFolder,
    pid: process.pid,
  }
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  rmSync(path, { force: true }) // a new file, so that the mode is ours from its first byte
  writeFileSync(path, `${JSON.stringify(content)}\n`, { mode: 0o600 })
  chmodSync(path, 0o600)
  return () => {
    try {
      const left: unknown = JSON.parse(readFileSync(path, 'utf8'))
      const isOurs = typeof left === 'object' && left !== null && 'pid' in left && left.pid === process.pid
      if (isOurs) rmSync(path, { force: true })
    } catch {
      return // gone already, or another controller's by now
    }
  }
}
