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

/**
 * Few files on the way to the overview, which is what links lead to: a browser asks for six at a time, and finds the next
 * ones in those. What a module needs comes with it. Other screens and ECharts are chunks of their own.
 */
const CHUNKS = [
  // What the first script needs to ask for the page's data (main.ts).
  {
    name: 'first',
    test: /\/web\/(?:live\/follow-sweep|shell\/early-principal|shell\/theme)\.ts$|vite\/preload-helper/,
    priority: 2,
  },
  { name: 'page', test: /\/web\/(?:app|screens\/overview\/.*)\.tsx?$/, priority: 1 },
]

export default defineConfig({
  root: ROOT,
  plugins: [react(), preloadApp(), compileEarly(), compressAssets()],
  build: {
    outDir: OUT,
    emptyOutDir: true,
    manifest: true, // which chunk loads which: bench/bundle-sizes.ts
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    cssCodeSplit: false, // 7.5 kB gzipped in all: one request
    rolldownOptions: { output: { codeSplitting: { groups: CHUNKS } } },
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
      handler(html, { bundle }) {
        const chunks = Object.values(bundle ?? {}).flatMap((part) => (part.type === 'chunk' ? [part] : []))
        const page = chunks.find(({ name }) => name === 'page')
        if (page === undefined) throw new Error('there is no chunk of app.tsx')
        const missing = [page.fileName, ...page.imports].filter((file) => !html.includes(file))
        return missing.map((file) => ({
          tag: 'link',
          attrs: { rel: 'modulepreload', crossorigin: true, href: `/${file}` },
          injectTo: 'head' as const,
        }))
      },
    },
  }
}

/**
 * The page's own script is compiled whole while it comes, beside the thread that will run it, and not function by function
 * on that thread: nearly all of it is called on the way to the first screen. Chromium heeds the comment; for others it is one.
 */
function compileEarly(): Plugin {
  return {
    name: 'compile-early',
    apply: 'build',
    generateBundle: {
      order: 'post',
      handler(_, bundle) {
        for (const part of Object.values(bundle))
          if (part.type === 'chunk' && (part.name === 'page' || part.name === 'first'))
            part.code = `//# allFunctionsCalledOnLoad\n${part.code}`
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
