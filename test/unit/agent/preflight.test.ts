// What is looked at before a run starts: free disk, and the script that the command names.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkProgram, describeFullDisk, findFullDisk } from '../../../agent/preflight.ts'

const MIB = 2 ** 20
const GIB = 2 ** 30
/** A disk of that size and that much free space, in blocks of 4 KiB. */
const disk = (totalBytes: number, freeBytes: number) => () => ({
  bsize: 4096,
  blocks: totalBytes / 4096,
  bavail: freeBytes / 4096,
})

describe('findFullDisk', () => {
  it.each([
    ['a large disk with 255 MiB', 1024 * GIB, 255 * MIB, true],
    ['a large disk with 257 MiB', 1024 * GIB, 257 * MIB, false],
    ['a small disk with less than a hundredth', 16 * MIB, 0.1 * MIB, true],
    ['a small disk with more', 16 * MIB, 1 * MIB, false],
  ])('%s: full is %s', (_what, total, free, isFull) => {
    const found = findFullDisk(['/somewhere'], disk(total, free))
    expect(found !== null).toBe(isFull)
  })

  it('names the first folder without room, and passes over what does not say', () => {
    const look = (folder: string) => {
      if (folder === '/missing') throw new Error('ENOENT')
      return disk(GIB, folder === '/full' ? 0 : GIB)()
    }
    const found = findFullDisk(['/missing', '/roomy', '/full'], look)
    expect(found).toMatchObject({ folder: '/full', freeBytes: 0 })
    expect(found === null ? '' : describeFullDisk(found)).toContain('The disk of /full has 0 MiB left')
  })

  it('finds room where this test runs', () => {
    expect(findFullDisk([tmpdir()])).toBeNull()
  })
})

describe('checkProgram', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'sweep-preflight-'))
    writeFileSync(join(folder, 'train.py'), '')
  })
  afterAll(() => rmSync(folder, { recursive: true }))
  const check = (program: string | null, argv: string[]) => () => checkProgram({ program }, argv, folder)

  it('takes a script that is there, and what need not be a file', () => {
    expect(check('train.py', ['python', 'train.py'])).not.toThrow()
    expect(check(null, ['python', 'gone.py'])).not.toThrow()
    expect(check('train', ['launch', 'train'])).not.toThrow()
    expect(check('pkg.mod', ['python', '-m', 'pkg.mod'])).not.toThrow()
    expect(check('gone.py', ['./run.sh'])).not.toThrow()
  })

  it('refuses one that is not, with its whole path', () => {
    expect(check('gone.py', ['python', 'gone.py'])).toThrow(`${folder}/gone.py is not there`)
  })
})
