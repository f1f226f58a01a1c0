// Settings that a person keeps: which there are, in which files they stand, and which one holds. A value of a file
// counts as if its SWEEP_ variable were set, so that everything that reads the environment honours it; the variable
// itself wins. Secrets are none of them.
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { SweepError } from '../sweeps/errors.ts'
import { didYouMean } from '../sweeps/nearest-name.ts'
import { checkUrl, DEFAULT_SERVER } from './server-address.ts'
import { parseSettingsText } from './settings-file.ts'
import type { Io } from './terminal.ts'

type Env = Io['env']

export const SETTING_KEYS = ['server', 'project', 'color', 'data'] as const
export type SettingKey = (typeof SETTING_KEYS)[number]

interface SettingFacts {
  readonly variable: string
  /** null: nothing is set. */
  readonly default: string | null
  /** @returns the value as it is used; @throws SweepError USAGE */
  readonly check: (value: string, base: string) => string
}

export const SETTINGS: Readonly<Record<SettingKey, SettingFacts>> = {
  server: {
    variable: 'SWEEP_SERVER',
    default: DEFAULT_SERVER,
    check: (value) => checkUrl(value, 'server'),
  },
  project: {
    variable: 'SWEEP_PROJECT',
    default: null,
    check: checkProject,
  },
  color: {
    variable: 'SWEEP_COLOR',
    default: 'auto',
    check: checkColor,
  },
  data: {
    variable: 'SWEEP_DATA',
    default: '.sweep',
    check: (value, base) => resolve(base, value),
  },
}

/** A setting that holds, and why. */
export interface Setting {
  readonly key: SettingKey
  /** null: nothing is set. */
  readonly value: string | null
  readonly origin: 'flag' | 'environment' | 'project' | 'user' | 'default'
  /** `--server`, `SWEEP_SERVER`, `/path/config.yaml:3`; null for a default. */
  readonly place: string | null
}

/** Flags that name a setting, as given. */
export type SettingFlags = Readonly<Partial<Record<SettingKey, string>>>

interface FileSettings {
  readonly path: string
  readonly origin: 'project' | 'user'
  readonly values: ReadonlyMap<SettingKey, { readonly value: string; readonly line: number }>
}

export interface Settings {
  /** The environment, with what the files set and no variable overrules. */
  readonly env: Env
  /** For people: files that were left out, and why. */
  readonly notes: readonly string[]
  /** Every key, in the order of SETTING_KEYS. */
  describe(flags: SettingFlags): Setting[]
}

/** `./.sweep/config.yaml`, found upward from `cwd`; null when there is none. */
export function findProjectFile(cwd: string): string | null {
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    const path = join(folder, '.sweep', 'config.yaml')
    if (statSync(path, { throwIfNoEntry: false })?.isFile()) return path
    if (dirname(folder) === folder) return null
  }
}

/** `$XDG_CONFIG_HOME/sweep/config.yaml`. */
export function userFilePath(env: Env): string {
  return join(env['XDG_CONFIG_HOME'] || join(env['HOME'] || homedir(), '.config'), 'sweep', 'config.yaml')
}

/** @throws SweepError CONFIG_INVALID with the file's line */
export function loadSettings(env: Env, cwd: string): Settings {
  const notes: string[] = []
  const files = [
    readSettingsFile(findProjectFile(cwd), 'project', notes),
    readSettingsFile(userFilePath(env), 'user', notes),
  ].filter((file) => file !== null)
  const added: Record<string, string> = {}
  for (const key of SETTING_KEYS) {
    const value = files.find((file) => file.values.has(key))?.values.get(key)?.value
    if (value !== undefined && environmentPlace(env, key) === null) added[SETTINGS[key].variable] = value
  }
  return {
    env: { ...env, ...added },
    notes,
    describe: (flags) => SETTING_KEYS.map((key) => describeSetting(key, flags, env, files)),
  }
}

/** Without any file: for commands that must work beside a broken one. */
export function settingsWithoutFiles(env: Env): Settings {
  return {
    env,
    notes: [],
    describe: (flags) => SETTING_KEYS.map((key) => describeSetting(key, flags, env, [])),
  }
}

/** @throws SweepError USAGE: no such key, or the name of a secret */
export function checkSettingKey(name: string): SettingKey {
  const key = SETTING_KEYS.find((known) => known === name)
  if (key !== undefined) return key
  if (isSecretName(name)) {
    throw new SweepError('USAGE', `"${name}" sounds like a secret: settings files hold none`, {
      hint: 'Use  sweep login , or set SWEEP_TOKEN or SWEEP_TOKEN_FILE.',
    })
  }
  throw new SweepError('USAGE', `"${name}" is not a setting`, {
    hint: didYouMean(name, SETTING_KEYS, `Settings: ${SETTING_KEYS.join(', ')}.`),
  })
}

/** Writes a settings file whole: a reader sees the old one or the new one. */
export function writeSettingsFile(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const draft = `${path}.${process.pid}.tmp`
  writeFileSync(draft, text)
  renameSync(draft, path)
}

function readSettingsFile(
  path: string | null,
  origin: FileSettings['origin'],
  notes: string[],
): FileSettings | null {
  if (path === null) return null
  const foreign = describeForeignOwner(path)
  if (foreign !== null) {
    notes.push(`! ${path} is not read: ${foreign}.`)
    return null
  }
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw new SweepError('CONFIG_INVALID', `cannot read ${path}`, { cause: error })
  }
  const values = new Map<SettingKey, { value: string; line: number }>()
  // Relative paths of a project's file start at the folder that holds `.sweep`.
  const base = origin === 'project' ? dirname(dirname(path)) : homedir()
  for (const { key, value, line } of parseSettingsText(text, path)) {
    try {
      const known = checkSettingKey(key)
      values.set(known, { value: SETTINGS[known].check(value, base), line })
    } catch (error) {
      if (!(error instanceof SweepError)) throw error
      throw new SweepError('CONFIG_INVALID', error.message, { at: `${path}:${line}:1`, hint: error.hint })
    }
  }
  return { path, origin, values }
}

/** A file in a folder that others may write to could send this user's token to a server of theirs. */
function describeForeignOwner(path: string): string | null {
  const uid = process.getuid?.()
  const owner = statSync(path, { throwIfNoEntry: false })?.uid
  if (uid === undefined || owner === undefined || owner === uid || owner === 0) return null
  return `it belongs to another user (uid ${owner})`
}

function describeSetting(
  key: SettingKey,
  flags: SettingFlags,
  env: Env,
  files: readonly FileSettings[],
): Setting {
  const flag = flags[key]
  if (flag !== undefined) return { key, value: flag, origin: 'flag', place: `--${key}` }
  const place = environmentPlace(env, key)
  if (place !== null) return { key, value: valueFromEnvironment(env, place), origin: 'environment', place }
  for (const file of files) {
    const found = file.values.get(key)
    if (found) return { key, value: found.value, origin: file.origin, place: `${file.path}:${found.line}` }
  }
  return { key, value: SETTINGS[key].default, origin: 'default', place: null }
}

/** The variable that decides; NO_COLOR and FORCE_COLOR decide on colour as well. */
function environmentPlace(env: Env, key: SettingKey): string | null {
  const names = key === 'color' ? ['SWEEP_COLOR', 'NO_COLOR', 'FORCE_COLOR'] : [SETTINGS[key].variable]
  return names.find((name) => env[name]) ?? null
}

function valueFromEnvironment(env: Env, name: string): string {
  if (name === 'NO_COLOR') return 'never'
  if (name === 'FORCE_COLOR') return /^(?:0|false)$/.test(env[name] ?? '') ? 'never' : 'always'
  return env[name] ?? ''
}

function isSecretName(name: string): boolean {
  return /token|password|passwd|secret|credential|api[_-]?key/i.test(name)
}

function checkProject(value: string): string {
  if (value.trim() === '' || value.length > 200 || /[\u0000-\u001f\u007f]/.test(value)) {
    throw new SweepError('USAGE', 'project: a name of one line, of 1 to 200 characters')
  }
  return value
}

function checkColor(value: string): string {
  if (['auto', 'always', 'never'].includes(value)) return value
  throw new SweepError('USAGE', `color: "${value}" is not auto, always or never`)
}
