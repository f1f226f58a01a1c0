// `sweep reproduce`: the commands that train a run once more.
import type { GetRunResponse, ReadProvenanceResponse } from '../../sweeps/run-schema.ts'
import { SweepError } from '../../sweeps/errors.ts'
import type { ProvenanceFacts } from '../../sweeps/provenance.ts'
import { RawJson, writeJson } from '../../sweeps/raw-json.ts'
import { refPath } from '../api-client.ts'
import { defineCommand, wholeNumber } from '../command.ts'
import { describeReproduction } from '../reproduction.ts'

interface Options {
  readonly attempt?: number
  readonly diff: boolean
  readonly requirements: boolean
}

type Told = ReadProvenanceResponse & { provenance: ProvenanceFacts }

export const command = defineCommand<Options>({
  name: 'reproduce',
  summary: 'The commands that train a run once more',
  arguments: '<run>',
  examples: [
    ['sweep reproduce q8x2m', 'its commit, changes, seed and command line, as a script'],
    ['sweep reproduce q8x2m --requirements > requirements.txt', 'its Python packages, for pip'],
    ['sweep reproduce q8x2m --diff > run.patch', 'its uncommitted changes, for git apply'],
  ],
  options: [
    { flags: '--attempt <n>', description: 'of this attempt (default: the newest)', parse: wholeNumber(1) },
    { flags: '--diff', description: 'only the uncommitted changes', default: false },
    { flags: '--requirements', description: 'only the Python packages', default: false },
  ],
  notes: ['A line that begins with "# ?" says what is not known or will not be the same.'],
  next: ['sweep diff RUN OTHER', 'sweep show RUN'],
  run: async (context, [ref = ''], options) => {
    if ([options.diff, options.requirements, context.isJson].filter(Boolean).length > 1) {
      throw new SweepError('USAGE', '--diff, --requirements and --json exclude each other')
    }
    const api = context.api()
    // The server's own schemas.
    const { run } = JSON.parse(await api.get(refPath('runs', ref))) as GetRunResponse
    const query = { attempt: options.attempt }
    const text = await api.get(refPath('runs', run.id, '/provenance'), query)
    const told = requireProvenance(JSON.parse(text) as ReadProvenanceResponse)
    if (options.diff) context.io.stdout.write(diffOf(told))
    else if (options.requirements) context.io.stdout.write(requirementsOf(told))
    else {
      const { script, unknown, environment } = describeReproduction(run, told)
      if (!context.isJson) context.io.stdout.write(script)
      else {
        const { argv, cwd, git, python } = told.provenance
        context.print(
          writeJson({
            schema: 'sweep.reproduce/1',
            runId: run.id,
            attempt: told.attempt,
            config: new RawJson(run.configText),
            argv,
            cwd,
            environment,
            git,
            diff: told.diff,
            python,
            packages: told.packages,
            unknown,
            script,
          }),
        )
      }
    }
    return 0
  },
})

function requireProvenance(told: ReadProvenanceResponse): Told {
  const { provenance } = told
  if (provenance !== null) return { ...told, provenance }
  throw new SweepError('NOTHING_YET', `run ${told.runId} did not tell where it comes from`, {
    hint: 'It has not started yet, or ran under an older version. Its config:  sweep show RUN --config',
  })
}

function diffOf({ runId, diff, provenance: { git } }: Told): string {
  if (diff !== null) return diff
  const why =
    git === null
      ? 'no git repository was found'
      : git.dirty
        ? 'they could not be kept'
        : 'its code was as committed'
  throw new SweepError('NOTHING_YET', `run ${runId} has no uncommitted changes to show: ${why}`)
}

function requirementsOf({ runId, packages, provenance: { python } }: Told): string {
  if (python === null || packages === null) {
    throw new SweepError('NOTHING_YET', `the Python packages of run ${runId} are not known`, {
      hint: 'They are asked of the interpreter that the command starts; a shell or launcher hides it.',
    })
  }
  return [`# ${python.implementation} ${python.version}, run ${runId}`, ...packages].join('\n') + '\n'
}
