// The commands that train a run once more, as a shell script. What is not known, or will not be the same, is said in
// comments that begin with `# ?`; nothing is made up.
import type { ReadProvenanceResponse, RunJson } from '../sweeps/run-schema.ts'
import { buildCommandLine } from '../sweeps/command-line.ts'
import type { GitState, ProvenanceFacts } from '../sweeps/provenance.ts'
import { REDACTED } from '../runtime/redact-secrets.ts'
import { quoteForShell } from './shell-words.ts'
import { printable } from './terminal.ts'

export interface Reproduction {
  /** For a POSIX shell; works in a new folder below the current one and reports to no server. */
  readonly script: string
  /** What is not known, or will not be the same. */
  readonly unknown: readonly string[]
  /** Set for the command, with paths in `$PWD` of the new folder. */
  readonly environment: Readonly<Record<string, string>>
}

export function describeReproduction(
  run: RunJson,
  told: ReadProvenanceResponse & { provenance: ProvenanceFacts },
): Reproduction {
  const facts = told.provenance
  const script = new ScriptWriter()
  const attempt = run.attempts.find((candidate) => candidate.attempt === told.attempt)
  const where = facts.host === null ? '' : ` on ${facts.host.name}`
  const sweep = run.sweepId === null ? '' : ` of sweep ${run.sweepId}`
  script.comment(
    `Run ${run.id}${sweep}, attempt ${told.attempt}, as it started${where} at ${attempt?.startedAt ?? '?'}.`,
  )
  script.comment('sh trains it once more in a new folder, without reporting to a server. What begins')
  script.comment('with "?" is not known, or will not be the same.')
  const folder = `run-${run.id}`
  script.line('set -eu', `mkdir ${folder}`, `cd ${folder}`)
  script.gap()
  const place = writeCode(script, facts, told.diff)
  writePython(script, run.id, facts)
  writeMachine(script, facts)
  script.gap()
  const environment = writeEnvironment(script, run, told.attempt, facts)
  script.gap()
  script.line(`cd ${quoteForShell(place)}`)
  writeCommand(script, facts)
  return { script: script.text(), unknown: script.unknown, environment }
}

/** @returns the folder of the command, relative to the new one unless absolute */
function writeCode(script: ScriptWriter, facts: ProvenanceFacts, diff: string | null): string {
  const { git, cwd } = facts
  if (git === null || git.commit === null) {
    const why = git === null ? 'no git repository was found' : 'the repository had no commit yet'
    script.ask(`Its code is not known: ${why}. This uses ${cwd} as it is now.`)
    return cwd
  }
  if (git.remote === null) script.ask(`The repository has no remote: it is taken from its folder there.`)
  script.line(`git clone --quiet -- ${quoteForShell(sourceOf(git))} code`)
  script.line(`git -C code checkout --quiet --detach ${git.commit}`)
  if (git.dirty) writeDiff(script, git, diff)
  if (git.untracked !== null && git.untracked.count > 0) {
    const names = git.untracked.names.slice(0, 5).join(', ')
    script.ask(`Untracked files stood beside it and are not kept (${git.untracked.count}): ${names}`)
  }
  return git.folder === '' ? 'code' : `code/${git.folder}`
}

/** A remote that is a relative path counts from the top of the working tree. */
function sourceOf({ remote, root }: GitState): string {
  if (remote === null) return root
  return /^\.\.?\//.test(remote) ? `${root}/${remote}` : remote
}

function writeDiff(script: ScriptWriter, git: GitState, diff: string | null): void {
  if (diff === null || git.diff === null)
    return script.ask('It had uncommitted changes that could not be kept.')
  if (git.diff.cut)
    return script.ask('Its uncommitted changes were too long to be kept whole: they are left out.')
  if (git.diff.redacted) script.ask('Secrets were taken out of its uncommitted changes: they may not apply.')
  if (git.diff.lossy) script.ask('Its uncommitted changes are not all UTF-8: they may not apply.')
  script.document('git -C code apply -', diff)
}

function writePython(script: ScriptWriter, runId: string, { python }: ProvenanceFacts): void {
  if (python === null) return
  const version = python.version.split('.').slice(0, 2).join('.')
  script.gap()
  script.comment(
    `Python: ${python.implementation} ${python.version}. For its packages, before the command below:`,
  )
  if (python.packages === null) return script.ask('Its packages are not known.')
  script.comment(`  sweep reproduce ${runId} --requirements > requirements.txt`)
  script.comment(`  python${version} -m venv venv && . venv/bin/activate && pip install -r requirements.txt`)
}

function writeMachine(script: ScriptWriter, { host, devices, environment }: ProvenanceFacts): void {
  if (host?.container)
    script.comment(`Container: ${host.container.kind}, image ${host.container.image ?? 'not known'}`)
  const names = host?.gpus.map(({ name }) => name) ?? []
  const visible = devices ?? environment['CUDA_VISIBLE_DEVICES']
  if (names.length > 0) {
    const seen = visible === undefined ? '' : `, of which it saw ${visible}`
    script.comment(`GPUs: ${names.join(', ')}${seen}. Set CUDA_VISIBLE_DEVICES as it suits this machine.`)
  }
}

function writeEnvironment(
  script: ScriptWriter,
  run: RunJson,
  attempt: number,
  facts: ProvenanceFacts,
): Record<string, string> {
  script.document('cat > config.json', `${run.configText}\n`)
  script.document('cat > config.yaml', wandbParameters(run))
  script.line('mkdir checkpoints')
  const files = {
    SWEEP_CONFIG_FILE: 'config.json',
    SWEEP_METRICS_FILE: 'metrics.jsonl',
    SWEEP_CHECKPOINT_DIR: 'checkpoints',
    WANDB_SWEEP_PARAM_PATH: 'config.yaml',
  }
  for (const [name, file] of Object.entries(files)) script.line(`export ${name}="$PWD/${file}"`)
  const values: Record<string, string> = {
    ...(run.sweepId === null ? {} : { SWEEP_ID: run.sweepId }),
    SWEEP_RUN_ID: run.id,
    SWEEP_ATTEMPT: String(attempt),
    SWEEP_SEED: String(facts.seed),
    ...facts.environment,
  }
  delete values['CUDA_VISIBLE_DEVICES'] // of another machine
  for (const [name, value] of Object.entries(values)) script.line(`export ${name}=${quoteForShell(value)}`)
  const paths = Object.entries(files).map(([name, file]) => [name, `$PWD/${file}`])
  return { ...(Object.fromEntries(paths) as Record<string, string>), ...values }
}

/** What wandb.init reads a sweep's parameters from. */
function wandbParameters(run: RunJson): string {
  const { files } = buildCommandLine({
    command: [],
    program: null,
    configText: run.configText,
    runId: run.id,
    sweepId: '',
    cwd: '',
    envvar: () => undefined,
  })
  return Object.values(files).join('')
}

function writeCommand(script: ScriptWriter, { argv, cwd, git }: ProvenanceFacts): void {
  if (argv.some((word) => word.includes(REDACTED)))
    script.ask(`A secret was taken out of the command: write it where ${REDACTED} stands.`)
  if (argv.some((word) => word.includes(`${cwd}/`) || (git !== null && word.includes(`${git.root}/`))))
    script.ask('The command names files of the machine it ran on.')
  script.line(argv.map(quoteForShell).join(' '))
}

/** Lines of a script; every text from outside goes through quotes, a comment, or a here-document. */
class ScriptWriter {
  readonly unknown: string[] = []
  private readonly lines: string[] = []

  line(...lines: string[]): void {
    this.lines.push(...lines)
  }

  gap(): void {
    if (this.lines.at(-1) !== '') this.lines.push('')
  }

  comment(text: string): void {
    this.lines.push(`# ${printable(text)}`)
  }

  ask(text: string): void {
    this.unknown.push(text)
    this.comment(`? ${text}`)
  }

  /** @param text ends with a line feed */
  document(command: string, text: string): void {
    const lines = text.split('\n')
    let end = 'END'
    while (lines.includes(end)) end += '_'
    this.lines.push(`${command} <<'${end}'`, ...(text.endsWith('\n') ? lines.slice(0, -1) : lines), end)
  }

  text(): string {
    return `${this.lines.join('\n')}\n`
  }
}
