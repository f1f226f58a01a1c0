// How the dashboard is built: into dist/web/, everything under /assets/ named by its content, nothing inline (the
// content security policy forbids it), each file also compressed beside itself for the server to send.
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'

const ROOT = dirname(fileURLToPath(import.meta.url))
const OUT = join(ROOT, '../dist/web')

export default defineConfig({
  root: ROOT,
  plugins: [react(), preloadApp(), compressAssets()],
  build: {
    outDir: OUT,
    emptyOutDir: true,
    manifest: true, // which chunk loads which: bench/bundle-sizes.ts
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  // `npx vite web`: the page from source beside a controller that runs (SWEEP_SERVER).
  server: {
    proxy: Object.fromEntries(
      ['/api', '/storage', '/graphql'].map((path) => [
        path,
        { target: process.env['SWEEP_SERVER'] ?? 'http://127.0.0.1:8765', changeOrigin: false },
      ]),
    ),
  },
})

/** The document names the page's own script beside the first one: it comes while that runs. */
function preloadApp(): Plugin {
  return {
    name: 'preload-app',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler(_html, { bundle }) {
        const chunks = Object.values(bundle ?? {}).flatMap((part) => (part.type === 'chunk' ? [part] : []))
        const app = chunks.find(({ name, isDynamicEntry }) => name === 'app' && isDynamicEntry)
        if (app === undefined) throw new Error('there is no chunk of app.tsx')
        return [app.fileName, ...app.imports].map((file) => ({
          tag: 'link',
          attrs: { rel: 'modulepreload', crossorigin: true, href: `/${file}` },
          injectTo: 'head' as const,
        }))
      },
    },
  }
}

const COMPRESSIBLE = /\.(?:js|css|html|svg|json)$/

function compressAssets(): Plugin {
  return {
    name: 'compress-assets',
    apply: 'build',
    closeBundle() {
      for (const name of readdirSync(OUT, { recursive: true, encoding: 'utf8' })) {
        if (!COMPRESSIBLE.test(name)) continue
        const path = join(OUT, name)
        const content = readFileSync(path)
        writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }))
        writeFileSync(
          `${path}.br`,
          brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }),
        )
      }
    },
  }
}
