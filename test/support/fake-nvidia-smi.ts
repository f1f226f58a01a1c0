// A program `nvidia-smi` for PATH that answers from two files, which a test rewrites as it likes.
import { chmodSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface FakeNvidiaSmi {
  /** Goes first on PATH. */
  readonly binFolder: string
  /** Memory in use by GPU, in MiB; a GPU that is not in the list is not listed any more. */
  setMemory(usedMiB: Readonly<Record<number, number>>): void
}

/** @param folder exists, and is the fake's own */
export function installFakeNvidiaSmi(folder: string, gpuCount: number): FakeNvidiaSmi {
  const binFolder = join(folder, 'bin')
  mkdirSync(binFolder)
  const program = join(binFolder, 'nvidia-smi')
  writeFileSync(
    program,
    `#!/bin/sh\ncase "$1" in\n-L) cat '${folder}/list' ;;\n*) cat '${folder}/readings' ;;\nesac\n`,
  )
  chmodSync(program, 0o755)
  const write = (name: string, text: string) => {
    writeFileSync(join(folder, `${name}.new`), text)
    renameSync(join(folder, `${name}.new`), join(folder, name))
  }
  const setMemory = (usedMiB: Readonly<Record<number, number>>) => {
    const indexes = Object.keys(usedMiB)
    write('list', indexes.map((index) => `GPU ${index}: NVIDIA H100 (UUID: GPU-fake-${index})\n`).join(''))
    const line = (index: string) =>
      `${index}, GPU-fake-${index}, 550.54, 80000, ${usedMiB[Number(index)]}, 0, 0, 40, 100, 700, NVIDIA H100\n`
    write('readings', indexes.map(line).join(''))
  }
  setMemory(Object.fromEntries(Array.from({ length: gpuCount }, (_, index) => [index, 0])))
  return { binFolder, setMemory }
}
