// The version in package.json, for answers and the OpenAPI document.
import { readFile } from 'node:fs/promises'

/** From controller/ the manifest is one folder up, from dist/controller/ two. */
export async function readPackageVersion(): Promise<string> {
  for (const place of ['../package.json', '../../package.json']) {
    const text = await readFile(new URL(place, import.meta.url), 'utf8').catch(() => null)
    if (text !== null) return String((JSON.parse(text) as { version?: unknown }).version ?? 'unknown')
  }
  return 'unknown'
}
