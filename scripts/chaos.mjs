// `npm run chaos`: builds, then runs the fault suite from its sources (docs/reliability.md).
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { runScript, setUp } from './setup.mjs'
import { ROOT } from './steps.mjs'

await runScript((args) => {
  const isQuestion = ['--list', '--table', '--help'].some((word) => args.includes(word))
  setUp(isQuestion ? {} : { redis: true, postgres: true, build: true })
  const main = join(ROOT, 'test/chaos/main.ts')
  const result = spawnSync(process.execPath, ['--import', 'tsx', main, ...args], {
    cwd: ROOT,
    stdio: 'inherit',
  })
  return result.status ?? 1
})
