// Gathers where an attempt comes from, beside its training and never before it: host facts once per agent, the git
// state at most once a second, Python once per interpreter. What is not there in time is left out.
import type { Clock } from '../../runtime/clock.ts'
import { redactStrings, redactWords } from '../../runtime/redact-secrets.ts'
import type { ReportBody } from '../../sweeps/protocol.ts'
import { KEPT_VARIABLES, PROVENANCE_VERSION, ProvenanceFacts } from '../../sweeps/provenance.ts'
import type { HostFacts } from '../../sweeps/provenance.ts'
import { makeStorable } from '../report-sources/report-json.ts'
import { readGitState } from './git-state.ts'
import type { GitReading } from './git-state.ts'
import { readHostFacts } from './host-facts.ts'
import { PythonReader } from './python-state.ts'
import type { PythonReading } from './python-state.ts'

export type ProvenanceReport = ReportBody & { kind: 'provenance' }

/** What of an attempt is known when its process starts. */
export interface StartedAttempt {
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly devices: string | null
  readonly seed: number
}

export interface PendingProvenance {
  /** Resolves when everything is read that can be read. Never rejects. */
  readonly complete: Promise<void>
  /** What is known by now. */
  report(): ProvenanceReport
}

export interface ProvenanceReaderOptions {
  readonly host: string
  readonly cwd: string
  /** The agent's own environment. */
  readonly environment: NodeJS.ProcessEnv
  readonly agentVersion: string
  readonly clock: Clock
}

/** Runs that start within this time were made from the same state: fifty short ones a second do not ask git fifty times. */
const GIT_FRESH_MS = 1_000
const MAX_WORDS = 10_000
const MAX_WORD_LENGTH = 32_000

export class ProvenanceReader {
  private readonly python = new PythonReader()
  private readonly closing = new AbortController()
  private host: Promise<HostFacts | null> | null = null
  private git: { readonly atMs: number; readonly reading: Promise<GitReading | null> } | null = null
  /** Texts that the controller has, by their hash; and those under way, by attempt. */
  private readonly storedTexts = new Set<string>()
  private readonly sentTexts = new Map<string, { readonly seq: number; readonly hashes: readonly string[] }>()

  constructor(private readonly options: ProvenanceReaderOptions) {}

  begin(attempt: StartedAttempt): PendingProvenance {
    const { cwd } = this.options
    const { signal } = this.closing
    let host: HostFacts | null = null
    let git: GitReading | null = null
    let python: PythonReading | null = null
    const complete = Promise.all([
      this.readHost().then((facts) => (host = facts)),
      this.readGit().then((reading) => (git = reading)),
      this.python.read(attempt.argv, { cwd, env: attempt.env, signal }).then((reading) => (python = reading)),
    ]).then(
      () => {},
      () => {}, // what could not be read stays null
    )
    return { complete, report: () => this.compose(attempt, { host, git, python }) }
  }

  /** A report of this attempt with this number was journaled and carries these texts. */
  sent(key: string, seq: number, report: ProvenanceReport): void {
    const hashes = hashesOf(report.facts)
    if (report.texts.length > 0) this.sentTexts.set(key, { seq, hashes })
  }

  /** The controller has this attempt's reports up to `seq`: it need not be sent their texts again. */
  stored(key: string, seq: number): void {
    const sent = this.sentTexts.get(key)
    if (sent === undefined || sent.seq > seq) return
    this.sentTexts.delete(key)
    for (const hash of sent.hashes) this.storedTexts.add(hash)
  }

  /** Nothing of this attempt is sent any more. */
  forget(key: string): void {
    this.sentTexts.delete(key)
  }

  /** Ends every program that still runs. */
  close(): void {
    this.closing.abort()
  }

  private readHost(): Promise<HostFacts | null> {
    const { host: name, environment: env } = this.options
    this.host ??= readHostFacts({ name, env, signal: this.closing.signal }).catch(() => null)
    return this.host
  }

  private readGit(): Promise<GitReading | null> {
    const now = this.options.clock.monotonicMs()
    if (this.git === null || now - this.git.atMs > GIT_FRESH_MS) {
      const { cwd, environment: env } = this.options
      this.git = { atMs: now, reading: readGitState({ cwd, env, signal: this.closing.signal }) }
    }
    return this.git.reading
  }

  private compose(
    attempt: StartedAttempt,
    parts: { host: HostFacts | null; git: GitReading | null; python: PythonReading | null },
  ): ProvenanceReport {
    const { cwd, agentVersion } = this.options
    const all: ProvenanceFacts = redactStrings({
      version: PROVENANCE_VERSION,
      argv: redactWords(attempt.argv.map(makeStorable)).slice(0, MAX_WORDS).map(cutWord),
      cwd,
      devices: attempt.devices,
      seed: attempt.seed,
      environment: keptVariables(attempt.env),
      agentVersion,
      host: parts.host,
      git: parts.git?.state ?? null,
      python: parts.python?.state ?? null,
    })
    // A machine with stranger facts than the schema takes (a path of 5,000 characters) still tells its command line.
    const facts = ProvenanceFacts.safeParse(all).success
      ? all
      : { ...all, host: null, git: null, python: null }
    const texts = [parts.git?.diff, parts.python?.packages].flatMap((text) =>
      text === undefined || text === null || this.storedTexts.has(text.ref.sha256) ? [] : [text.text],
    )
    return { kind: 'provenance', facts, texts }
  }
}

function cutWord(word: string): string {
  return word.length <= MAX_WORD_LENGTH ? word : `${word.slice(0, MAX_WORD_LENGTH)}…`
}

function hashesOf(facts: ProvenanceFacts): string[] {
  return [facts.git?.diff?.sha256, facts.python?.packages?.sha256].filter((hash) => hash !== undefined)
}

function keptVariables(env: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    KEPT_VARIABLES.flatMap((name) => {
      const value = env[name]
      return value === undefined ? [] : [[name, makeStorable(value).slice(0, 1024)]]
    }),
  )
}
