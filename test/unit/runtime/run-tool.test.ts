import { describe, expect, it } from 'vitest'
import { runTool } from '../../../runtime/run-tool.ts'

const limits = { env: { PATH: '/usr/bin:/bin', ONLY: 'this' }, limitMs: 5_000, maxBytes: 1_000 }
const sh = (script: string, options: Partial<typeof limits> & { signal?: AbortSignal } = {}) =>
  runTool('sh', ['-c', script], { ...limits, ...options })

describe('a short program', () => {
  it('gives its output and exit code, with no input and the given environment alone', async () => {
    process.env['RUN_TOOL_TEST'] = 'inherited'
    const output = await sh('cat; echo "$ONLY [$RUN_TOOL_TEST]"; echo noise >&2; exit 3')
    delete process.env['RUN_TOOL_TEST']
    expect(output?.stdout.toString()).toBe('this []\n')
    expect(output).toMatchObject({ exitCode: 3, isCut: false })
  })

  it('is ended when it prints too much, and gives what came before', async () => {
    const output = await sh('exec yes')
    expect(output).toMatchObject({ exitCode: null, isCut: true })
    expect(output?.stdout.toString()).toBe('y\n'.repeat(500))
  })

  it('is no error when it hangs, is given up, or is not there', async () => {
    expect(await sh('exec tail -f /dev/null', { limitMs: 100 })).toBeNull()
    const given = new AbortController()
    const hanging = sh('exec tail -f /dev/null', { signal: given.signal })
    given.abort()
    expect(await hanging).toBeNull()
    expect(await sh('true', { signal: given.signal })).toBeNull()
    expect(await runTool('no-such-program', [], limits)).toBeNull()
    expect(await runTool('nul\0byte', [], limits)).toBeNull()
  })
})
