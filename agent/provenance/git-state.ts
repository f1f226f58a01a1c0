// The state of the git working tree that a training command starts in: commit, branch, remote, and what differs from
// the commit. Asks `git` itself, without taking its locks. A folder without a repository gives null.
import { isUtf8 } from 'node:buffer'
import { MAX_DIFF_BYTES } from '../../sweeps/provenance.ts'
import type { GitState } from '../../sweeps/provenance.ts'
import { redactRemote, redactText } from '../../runtime/redact-secrets.ts'
import { runTool } from '../../runtime/run-tool.ts'
import { cutLines, describeText } from './stored-text.ts'
import type { StoredText } from './stored-text.ts'

export interface GitReading {
  readonly state: GitState
  readonly diff: StoredText | null
}

const LIMIT_MS = 5_000
const MAX_LIST_BYTES = 1024 * 1024
const MAX_UNTRACKED = 200
const CUT_MARK = '[... cut by sweep: the diff is longer than this ...]\n'

/** Never rejects. @param env its PATH, HOME and XDG_CONFIG_HOME are used */
export async function readGitState(options: {
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly signal?: AbortSignal
}): Promise<GitReading | null> {
  const env = gitEnvironment(options.env)
  const git = async (args: readonly string[], maxBytes = MAX_LIST_BYTES) =>
    runTool('git', ['-c', 'core.fsmonitor=false', ...args], {
      cwd: options.cwd,
      env,
      limitMs: LIMIT_MS,
      maxBytes,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    })
  const top = await git(['rev-parse', '--show-toplevel', '--show-prefix'])
  if (top === null || top.exitCode !== 0) return null
  const [root = '', folder = ''] = top.stdout.toString('utf8').split('\n')
  const [status, remotes, untracked] = await Promise.all([
    git(['status', '--porcelain=v2', '--branch', '-z', '--untracked-files=no']),
    git(['config', '-z', '--get-regexp', '^remote\\..*\\.url$']),
    git([
      '-C',
      root,
      'ls-files',
      '--others',
      '--exclude-standard',
      '--directory',
      '--no-empty-directory',
      '-z',
    ]),
  ])
  if (status === null || (status.exitCode !== 0 && !status.isCut)) return null
  const { commit, branch, upstream, isDirty } = parseStatus(status.stdout.toString('utf8'))
  const diff = isDirty && commit !== null ? await readDiff(git, root) : null
  return {
    state: {
      root,
      folder: folder.replace(/\/$/, ''),
      commit,
      branch,
      remote: chooseRemote(remotes?.stdout.toString('utf8') ?? '', upstream),
      dirty: isDirty,
      diff: diff === null ? null : { ...diff.text.ref, redacted: diff.isRedacted, lossy: diff.isLossy },
      untracked:
        untracked === null ? null : listUntracked(untracked.stdout.toString('utf8'), untracked.isCut),
    },
    diff: diff?.text ?? null,
  }
}

type RunGit = (args: readonly string[], maxBytes?: number) => ReturnType<typeof runTool>

async function readDiff(
  git: RunGit,
  root: string,
): Promise<{ text: StoredText; isRedacted: boolean; isLossy: boolean } | null> {
  const flags = ['--no-color', '--no-ext-diff', '--no-textconv', '--binary', '--full-index', '--no-renames']
  const output = await git(['-C', root, 'diff', ...flags, 'HEAD', '--'], MAX_DIFF_BYTES)
  if (output === null || (output.exitCode !== 0 && !output.isCut)) return null
  // Cut at a line's end before secrets are looked for: half of one would not be known as one.
  const whole = output.isCut ? output.stdout.subarray(0, output.stdout.lastIndexOf(10) + 1) : output.stdout
  const printed = whole.toString('utf8')
  const redacted = redactText(printed)
  const cut = cutLines(redacted, MAX_DIFF_BYTES)
  const isCut = output.isCut || cut.isCut
  return {
    text: describeText(isCut ? cut.text + CUT_MARK : cut.text, isCut),
    isRedacted: redacted !== printed,
    isLossy: !isUtf8(whole) || printed.includes('\0'),
  }
}

/** Without GIT_DIR and the like, which would point elsewhere; never asks, never writes. */
function gitEnvironment(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const kept = ['PATH', 'HOME', 'XDG_CONFIG_HOME', 'USER', 'TMPDIR', 'SYSTEMROOT']
  const inherited = kept.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]] as const]))
  return {
    ...Object.fromEntries(inherited),
    GIT_OPTIONAL_LOCKS: '0',
    GIT_TERMINAL_PROMPT: '0',
    LC_ALL: 'C',
  }
}

interface Status {
  readonly commit: string | null
  readonly branch: string | null
  readonly upstream: string | null
  readonly isDirty: boolean
}

/** `git status --porcelain=v2 --branch -z` */
export function parseStatus(text: string): Status {
  const lines = text.split('\0')
  const header = (name: string) =>
    lines.find((line) => line.startsWith(`# branch.${name} `))?.slice(`# branch.${name} `.length) ?? null
  const commit = header('oid')
  const branch = header('head')
  return {
    commit: commit === '(initial)' ? null : commit,
    branch: branch === '(detached)' ? null : branch,
    upstream: header('upstream'),
    isDirty: lines.some((line) => /^[12u] /.test(line)),
  }
}

/**
 * The remote to fetch the commit from: the upstream branch's, else `origin`, else the first.
 * @param text `git config -z --get-regexp '^remote\..*\.url$'`
 */
export function chooseRemote(text: string, upstream: string | null): string | null {
  const remotes = new Map<string, string>()
  for (const entry of text.split('\0')) {
    const [, name, url] = /^remote\.(.*)\.url\n([^]*)$/.exec(entry) ?? []
    if (name !== undefined && url !== undefined && !remotes.has(name)) remotes.set(name, url)
  }
  const tracked = [...remotes.keys()].find((name) => upstream?.startsWith(`${name}/`))
  const url = remotes.get(tracked ?? 'origin') ?? remotes.values().next().value
  return url === undefined ? null : redactRemote(url)
}

function listUntracked(text: string, isCut: boolean): GitState['untracked'] {
  const names = text.split('\0').filter((name) => name !== '')
  if (isCut) names.pop() // half a name
  return {
    count: names.length,
    names: names.slice(0, MAX_UNTRACKED),
    cut: isCut || names.length > MAX_UNTRACKED,
  }
}
