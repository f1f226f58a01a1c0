// The version in package.json.

export async function readOwnVersion(): Promise<string> {
  const { readFile } = await import('node:fs/promises')
  // From cli/ the manifest is one folder up, from dist/cli/ two.
  for (const place of ['../package.json', '../../package.json']) {
    try {
      const manifest: unknown = JSON.parse(await readFile(new URL(place, import.meta.url), 'utf8'))
      if (typeof manifest === 'object' && manifest !== null && 'version' in manifest)
        return String(manifest.version)
    } catch {
      continue // not there: the other layout
    }
  }
  return 'unknown'
}
