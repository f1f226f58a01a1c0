// Where the run came from: command line, git with what was not committed, Python and its packages, the machine.
import { useMemo, useState } from 'react'
import { answer, api } from '../../api/client.ts'
import type { components } from '../../api/openapi.d.ts'
import type { Run } from '../../api/records.ts'
import { formatCounted, formatNumber } from '../../format/number.ts'
import { CopyButton } from '../../shell/copy-button.tsx'
import { FailedRequest } from '../../shell/failure.tsx'
import { quoteForShell } from './config-rows.ts'
import { formatBytes } from './files-panel.tsx'
import { useRunPart } from './run-data.ts'
import { AttemptChoice, ForeignText, Section } from './section.tsx'

type Provenance = components['schemas']['ReadProvenanceResponse']
type Facts = NonNullable<Provenance['provenance']>

export function OriginPanel({ run }: { readonly run: Run }) {
  const [attempt, setAttempt] = useState<number | null>(null)
  const query = attempt === null ? {} : { attempt }
  const { data, error, refetch } = useRunPart(
    run.id,
    'origin',
    () => answer(api.GET('/api/v1/runs/{ref}/provenance', { params: { path: { ref: run.id }, query } })),
    { changesWith: 'events', more: [attempt] },
  )
  const client =
    useRunPart(run.id, 'reported', () =>
      answer(api.GET('/api/v1/runs/{ref}/reported', { params: { path: { ref: run.id } } })),
    ).data?.client ?? null
  const facts = data?.provenance ?? null
  return (
    <Section
      id="origin"
      title="Code and environment"
      controls={
        <AttemptChoice
          run={run}
          value={attempt ?? data?.attempt ?? 1}
          onChange={(next) => setAttempt(next)}
        />
      }
    >
      {error !== null && (
        <FailedRequest what="Where it came from" error={error} onRetry={() => void refetch()} />
      )}
      {data !== undefined && facts === null && (
        <p className="muted">
          {client !== null
            ? 'No agent told of this run; what its own client said is below.'
            : 'No attempt told where it came from.'}
        </p>
      )}
      {facts !== null && <Command facts={facts} />}
      <dl className="run-facts">
        {(facts === null ? [] : factLines(facts)).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <ForeignText text={value} />
            </dd>
          </div>
        ))}
        {client !== null &&
          clientLines(client).map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>
                <ForeignText text={value} />
              </dd>
            </div>
          ))}
      </dl>
      {data !== undefined && data.diff !== null && data.diff !== '' && (
        <Diff text={data.diff} git={facts?.git ?? null} />
      )}
      {data !== undefined && data.packages !== null && data.packages.length > 0 && (
        <Packages names={data.packages} />
      )}
    </Section>
  )
}

function Command({ facts }: { readonly facts: Facts }) {
  const text = facts.argv.map(quoteForShell).join(' ')
  return (
    <div className="origin-command">
      <code>
        <ForeignText text={text} most={1000} />
      </code>
      <CopyButton text={text}>Copy</CopyButton>
    </div>
  )
}

function factLines(facts: Facts): [string, string][] {
  const { git, python, host, devices, environment, cwd, seed, agentVersion } = facts
  return [
    ['folder', cwd],
    ['git', git === null ? 'no repository' : gitLine(git)],
    ...(python === null
      ? []
      : ([['python', `${python.implementation} ${python.version} · ${python.executable}`]] as [
          string,
          string,
        ][])),
    ...(host === null ? [] : hostLines(host, devices)),
    ['seed', String(seed)],
    ...Object.entries(environment),
    ['agent', `sweep ${agentVersion}`],
  ]
}

function gitLine(git: NonNullable<Facts['git']>): string {
  return [
    git.commit === null ? 'no commit yet' : `${git.commit}${git.dirty ? ' + changes' : ''}`,
    git.branch === null ? null : `branch ${git.branch}`,
    git.remote,
    git.untracked !== null && git.untracked.count > 0
      ? `${formatCounted(git.untracked.count, 'untracked file')}: ${git.untracked.names.slice(0, 5).join(', ')}`
      : null,
  ]
    .filter((part) => part !== null)
    .join(' · ')
}

function hostLines(host: NonNullable<Facts['host']>, devices: string | null): [string, string][] {
  const { name, user, os, cpu, memoryBytes, gpus, container } = host
  const models = new Map<string, number>()
  for (const gpu of gpus) models.set(gpu.name, (models.get(gpu.name) ?? 0) + 1)
  const listed = [...models].map(([model, count]) => (count === 1 ? model : `${count} × ${model}`))
  const memory = gpus[0]?.memoryBytes ?? null
  return [
    [
      'machine',
      [
        user === null ? name : `${user}@${name}`,
        `${os.name}, ${os.kernel}, ${os.arch}`,
        `${formatCounted(cpu.cores, 'core')}${cpu.model === null ? '' : ` of ${cpu.model}`}`,
        formatBytes(memoryBytes),
      ].join(' · '),
    ],
    ...(gpus.length === 0
      ? []
      : ([
          [
            'GPUs',
            [
              `${listed.join(', ')}${memory === null ? '' : ` (${formatBytes(memory)})`}`,
              ...(gpus[0]?.driver ? [`driver ${gpus[0].driver}`] : []),
              ...(devices === null ? [] : [`this run saw ${devices}`]),
            ].join(' · '),
          ],
        ] as [string, string][])),
    ...(container === null
      ? []
      : ([['container', `${container.kind} · ${container.image ?? 'image not known'}`]] as [
          string,
          string,
        ][])),
  ]
}

function clientLines(
  client: NonNullable<components['schemas']['ReadReportedResponse']['client']>,
): [string, string][] {
  const lines: [string, string | null][] = [
    ["W&B's id", client.name],
    ['program', client.program],
    ['commit', client.commit],
    ['repository', client.repo],
    ['host', client.host],
    ['last heard', client.heardAt],
  ]
  return lines.filter((line): line is [string, string] => line[1] !== null)
}

/** Lines that are there without asking. */
const FIRST = 300

function Diff({ text, git }: { readonly text: string; readonly git: Facts['git'] }) {
  const [isAll, setAll] = useState(false)
  const lines = useMemo(() => text.split('\n'), [text])
  const shown = isAll ? lines : lines.slice(0, FIRST)
  const remark = [
    git?.diff?.cut === true ? 'its end is missing' : '',
    git?.diff?.redacted === true ? 'a secret was taken out' : '',
  ].filter((part) => part !== '')
  return (
    <details className="origin-part">
      <summary>
        What was not committed: {formatCounted(lines.length, 'line')}
        {remark.length > 0 && ` (${remark.join(', ')})`}
      </summary>
      <div className="row">
        <CopyButton text={text}>Copy for git apply</CopyButton>
      </div>
      <pre className="origin-diff" tabIndex={0} role="region" aria-label="Uncommitted changes">
        {shown.map((line, index) => (
          <span key={index} className={toneOf(line)}>
            {line}
            {'\n'}
          </span>
        ))}
      </pre>
      {shown.length < lines.length && (
        <button onClick={() => setAll(true)}>Show all {formatNumber(lines.length)} lines</button>
      )}
    </details>
  )
}

function toneOf(line: string): string | undefined {
  if (line.startsWith('+++') || line.startsWith('---') || line.startsWith('diff ')) return 'diff-file'
  if (line.startsWith('@@')) return 'diff-place'
  return line.startsWith('+') ? 'diff-added' : line.startsWith('-') ? 'diff-removed' : undefined
}

function Packages({ names }: { readonly names: readonly string[] }) {
  const [wanted, setWanted] = useState('')
  const word = wanted.trim().toLowerCase()
  const shown = word === '' ? names : names.filter((name) => name.toLowerCase().includes(word))
  return (
    <details className="origin-part">
      <summary>{formatCounted(names.length, 'Python package')}</summary>
      <div className="row">
        <input
          type="search"
          aria-label="Packages whose name has"
          placeholder="find a package"
          value={wanted}
          onChange={(event) => setWanted(event.target.value)}
        />
        <CopyButton text={names.join('\n')}>Copy as requirements</CopyButton>
      </div>
      <ul className="origin-packages mono">
        {shown.map((name) => (
          <li key={name}>
            <bdi>{name.slice(0, 200)}</bdi>
          </li>
        ))}
      </ul>
    </details>
  )
}
