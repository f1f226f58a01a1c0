// What the dashboard weighs, from the build's manifest: the files that the overview loads, and all files, gzipped.
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

export const FIRST_SCREEN_MAX_BYTES = 300_000
export const ALL_MAX_BYTES = 450_000

export interface BundleFile {
  readonly name: string
  /** Gzipped. */
  readonly bytes: number
}

export interface BundleSizes {
  /** Of the overview, the largest first. */
  readonly firstScreen: readonly BundleFile[]
  readonly all: readonly BundleFile[]
}

interface Chunk {
  readonly file: string
  readonly imports?: readonly string[]
  readonly dynamicImports?: readonly string[]
  readonly css?: readonly string[]
}

/** The overview's own chunk, if the build makes one: as web/vite.config.ts has it, it comes with the page. */
const OVERVIEW = 'screens/overview/overview-screen.tsx'

/** @param folder of the build: dist/web */
export function readBundleSizes(folder: string): BundleSizes {
  const manifest = JSON.parse(readFileSync(join(folder, '.vite/manifest.json'), 'utf8')) as Record<
    string,
    Chunk
  >
  const first = new Set<string>()
  const visit = (key: string): void => {
    const chunk = manifest[key]
    if (chunk === undefined) throw new Error(`the build's manifest has no ${key}`)
    if (first.has(chunk.file)) return
    first.add(chunk.file)
    for (const file of chunk.css ?? []) first.add(file)
    for (const other of chunk.imports ?? []) visit(other)
  }
  // The document's script, what that loads at once (the page), the styles.
  for (const key of ['index.html', ...(manifest['index.html']?.dynamicImports ?? []), 'style.css']) visit(key)
  if (manifest[OVERVIEW] !== undefined) visit(OVERVIEW)
  const all = new Set(Object.values(manifest).flatMap(({ file, css }) => [file, ...(css ?? [])]))
  return { firstScreen: weigh(folder, first), all: weigh(folder, all) }
}

export function sumBytes(files: readonly BundleFile[]): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0)
}

function weigh(folder: string, names: ReadonlySet<string>): BundleFile[] {
  return [...names]
    .map((name) => ({ name, bytes: statSync(join(folder, `${name}.gz`)).size }))
    .sort((a, b) => b.bytes - a.bytes)
}
