// `npm run bench -- NAME [arguments]`: builds, then runs dist/bench/NAME.js. Without a name: lists them.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { runScript, setUp } from './setup.mjs'
import { ROOT, SetupError } from './steps.mjs'

await runScript(([name, ...args]) => {
  // A benchmark says in its first lines how it is run; the other files of bench/ are parts of one.
  const names = readdirSync(join(ROOT, 'bench'))
    .filter((file) => file.endsWith('.ts'))
    .map((file) => file.slice(0, -'.ts'.length))
    .filter((file) =>
      readFileSync(join(ROOT, 'bench', `${file}.ts`), 'utf8').includes(`npm run bench -- ${file}`),
    )
  if (name === undefined || !names.includes(name)) {
    const found = name === undefined ? 'Which benchmark?' : `There is no benchmark "${name}".`
    throw new SetupError(
      `${found}\n  npm run bench -- NAME    with NAME one of: ${names.join(', ') || '(none yet)'}`,
    )
  }
  // Options that make a benchmark start a PostgreSQL of its own.
  const needsPostgres = args.includes('--postgres') || args.includes('--controllers') || name === 'postgres'
  setUp({ redis: true, postgres: needsPostgres, build: true })
  const file = join(ROOT, 'dist/bench', `${name}.js`)
  if (!existsSync(file)) throw new SetupError(`${file} is missing after the build.`)
  const result = spawnSync(process.execPath, [file, ...args], { cwd: ROOT, stdio: 'inherit' })
  return result.status ?? 1
})
