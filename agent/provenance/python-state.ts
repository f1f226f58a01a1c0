// The Python that a training command starts: version and installed packages, asked of that very interpreter once,
// and again when it or its packages change. A command that starts no Python gives null.
import { accessSync, closeSync, constants, openSync, readSync, statSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { MAX_PACKAGES_BYTES } from '../../sweeps/provenance.ts'
import type { PythonState } from '../../sweeps/provenance.ts'
import { runTool } from '../../runtime/run-tool.ts'
import { cutLines, describeText } from './stored-text.ts'
import type { StoredText } from './stored-text.ts'

export interface PythonReading {
  readonly state: PythonState
  readonly packages: StoredText | null
}

type Environment = Readonly<Record<string, string | undefined>>

const LIMIT_MS = 15_000
const MAX_OUTPUT_BYTES = 2 * 1024 * 1024

// Isolated (-I): nothing of the working directory is imported. The user's own packages are then left out by Python
// itself, and are added again as far as a script of the training command would see them.
const QUESTION = `
import json, platform, site, sys
answer = {"executable": sys.executable, "version": platform.python_version(),
          "implementation": platform.python_implementation(), "folders": [], "packages": None}
try:
    from importlib import metadata
    folders = [folder for folder in sys.path if folder]
    if sys.prefix == sys.base_prefix:
        folders.append(site.getusersitepackages())
    found = {}
    for distribution in metadata.distributions(path=folders):
        try:
            name = distribution.metadata["Name"]
            if name:
                found.setdefault(name.lower().replace("_", "-"), name + "==" + str(distribution.version))
        except Exception:
            pass
    answer["folders"] = folders
    answer["packages"] = [found[key] for key in sorted(found)]
except ImportError:
    pass
print(json.dumps(answer))
`

interface KnownPython {
  readonly reading: Promise<PythonReading | null>
  /** Folders of packages with the time of their last change. */
  folders: ReadonlyMap<string, number>
}

/** Knows every interpreter that was asked for as long as the agent lives. */
export class PythonReader {
  private readonly known = new Map<string, KnownPython>()

  /** Never rejects. @param env of the training command */
  async read(
    argv: readonly string[],
    options: { readonly cwd: string; readonly env: Environment; readonly signal?: AbortSignal },
  ): Promise<PythonReading | null> {
    const program = findPython(argv, options)
    if (program === null) return null
    const key = `${program} ${changedAt(program)}`
    const known = this.known.get(key)
    if (known !== undefined && [...known.folders].every(([folder, at]) => changedAt(folder) === at))
      return known.reading
    const asked = askPython(program, options)
    const entry: KnownPython = {
      reading: asked.then((answer) => answer?.reading ?? null),
      folders: new Map(),
    }
    this.known.set(key, entry)
    const answer = await asked
    if (answer === null)
      this.known.delete(key) // it may have been slow only this time
    else entry.folders = answer.folders
    return entry.reading
  }
}

async function askPython(
  program: string,
  options: { readonly cwd: string; readonly env: Environment; readonly signal?: AbortSignal },
): Promise<{ reading: PythonReading; folders: Map<string, number> } | null> {
  const output = await runTool(program, ['-I', '-c', QUESTION], {
    cwd: options.cwd,
    env: pythonEnvironment(options.env),
    limitMs: LIMIT_MS,
    maxBytes: MAX_OUTPUT_BYTES,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  })
  const answer = output?.exitCode === 0 ? parseAnswer(output.stdout.toString('utf8')) : null
  if (answer === null) return null
  const folders = new Map(answer.folders.map((folder) => [folder, changedAt(folder)]))
  const packages = answer.packages === null ? null : describePackages(answer.packages)
  const { executable, version, implementation } = answer
  return {
    reading: {
      state: {
        executable: executable || program,
        version,
        implementation,
        packages: packages === null ? null : { ...packages.text.ref, count: packages.count },
      },
      packages: packages?.text ?? null,
    },
    folders,
  }
}

interface Answer {
  readonly executable: string
  readonly version: string
  readonly implementation: string
  readonly folders: readonly string[]
  readonly packages: readonly string[] | null
}

/** The answer's last line: a sitecustomize may print before it. */
function parseAnswer(text: string): Answer | null {
  try {
    return JSON.parse(text.trimEnd().split('\n').at(-1) ?? '') as Answer // printed by QUESTION
  } catch {
    return null
  }
}

function describePackages(lines: readonly string[]): { text: StoredText; count: number } {
  // A name or version of another form is none that pip could install, and could be anything.
  const pinned = lines.filter((line) => /^[\w.-]{1,200}==[\w.+!-]{1,200}$/.test(line))
  const cut = cutLines(pinned.map((line) => `${line}\n`).join(''), MAX_PACKAGES_BYTES)
  return { text: describeText(cut.text, cut.isCut), count: pinned.length }
}

/** What chooses between interpreters (virtual environments, pyenv); nothing that could hold a secret. */
function pythonEnvironment(env: Environment): Record<string, string> {
  const kept =
    /^(?:PATH|HOME|VIRTUAL_ENV|CONDA_PREFIX|PYENV_\w+|LD_LIBRARY_PATH|TMPDIR|SYSTEMROOT|LANG|LC_ALL)$/
  const entries = Object.entries(env).filter(([name, value]) => value !== undefined && kept.test(name))
  return Object.fromEntries(entries) as Record<string, string>
}

/**
 * The interpreter that a command starts: `python` itself, also behind `env`, or that of a script's first line
 * (`torchrun`, `accelerate`). A shell or a launcher that chooses one itself gives null.
 */
export function findPython(
  argv: readonly string[],
  options: { readonly cwd: string; readonly env: Environment },
): string | null {
  const words = skipEnv(argv)
  const program = findProgram(words[0] ?? '', options)
  if (program === null) return null
  if (isPythonName(program)) return program
  const script = skipEnv(readFirstLine(program))
  const interpreter = script[0] === undefined ? null : findProgram(script[0], options)
  return interpreter !== null && isPythonName(interpreter) ? interpreter : null
}

function skipEnv(words: readonly string[]): readonly string[] {
  if (basename(words[0] ?? '') !== 'env') return words
  const at = words.findIndex((word, index) => index > 0 && !/^-|^\w+=/.test(word))
  return at === -1 ? [] : words.slice(at)
}

function isPythonName(path: string): boolean {
  return /^(?:python|pypy)\d*(?:\.\d+)*t?$/.test(basename(path))
}

function findProgram(name: string, { cwd, env }: { cwd: string; env: Environment }): string | null {
  if (name === '') return null
  if (name.includes('/')) return resolve(cwd, name)
  for (const folder of (env['PATH'] ?? '').split(':')) {
    const path = join(resolve(cwd, folder), name)
    try {
      accessSync(path, constants.X_OK)
      if (statSync(path).isFile()) return path
    } catch {
      continue
    }
  }
  return null
}

/** The words after `#!`; none when the file is no script. */
function readFirstLine(path: string): readonly string[] {
  let file: number | null = null
  try {
    file = openSync(path, 'r')
    const bytes = Buffer.alloc(512)
    const line = bytes.subarray(0, readSync(file, bytes)).toString('utf8').split('\n')[0] ?? ''
    return line.startsWith('#!') ? line.slice(2).trim().split(/\s+/) : []
  } catch {
    return []
  } finally {
    if (file !== null) closeSync(file)
  }
}

/** Milliseconds; 0 when there is no such file or folder. */
function changedAt(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
}
