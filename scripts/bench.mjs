// `npm run bench -- NAME [arguments]`: builds, then runs dist/bench/NAME.js. Without a name: lists them.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT, SetupError, runScript, setUp } from './setup.mjs'

await runScript(([name, ...args]) => {
  const names = readdirSync(join(ROOT, 'bench'))
    .filter((file) => file.endsWith('.ts'))
    .map((file) => file.slice(0, -'.ts'.length))
  if (name === undefined || !names.includes(name)) {
    const found = name === undefined ? 'Which benchmark?' : `There is no benchmark "${name}".`
    throw new SetupError(
      `${found}\n  npm run bench -- NAME    with NAME one of: ${names.join(', ') || '(none yet)'}`,
    )
  }
  setUp({ redis: true, build: true })
  const file = join(ROOT, 'dist/bench', `${name}.js`)
  if (!existsSync(file)) throw new SetupError(`${file} is missing after the build.`)
  const result = spawnSync(process.execPath, [file, ...args], { cwd: ROOT, stdio: 'inherit' })
  return result.status ?? 1
})
