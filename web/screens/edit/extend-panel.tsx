// More runs for a sweep: said what it means, then done.
import { useState } from 'react'
import { useAction } from '../../actions/use-action.ts'
import { answer, api } from '../../api/client.ts'
import type { components } from '../../api/openapi.d.ts'
import type { LiveSweep } from '../../api/records.ts'
import { formatCount } from '../../format/number.ts'
import { announce } from '../../shell/announce.tsx'
import { Failure } from '../../shell/failure.tsx'
import { Meaning } from './edit-file.tsx'

interface ExtendPanelProps {
  readonly sweepRef: string
  readonly sweep: LiveSweep
  readonly whyNot: string | null
}

export function ExtendPanel({ sweepRef, sweep, whyNot }: ExtendPanelProps) {
  const [runs, setRuns] = useState('50')
  const [meaning, setMeaning] = useState<components['schemas']['EditSweepResponse'] | null>(null)
  const action = useAction()
  const addRuns = Number(runs)
  const isCount = Number.isInteger(addRuns) && addRuns > 0
  const reason =
    whyNot ?? (sweep.runCap === null ? 'The sweep has no run_cap: nothing bounds its runs.' : null)
  const send = (isDry: boolean) =>
    answer(
      api.POST('/api/v1/sweeps/{ref}/extend', {
        params: { path: { ref: sweepRef } },
        body: { addRuns, ...(isDry ? { dryRun: true } : {}) },
      }),
    )
  return (
    <section className="panel config-panel" aria-labelledby="extend-heading">
      <h2 id="extend-heading">Extend</h2>
      <div className="row">
        <span>{sweep.runCap === null ? 'No run_cap.' : `run_cap ${formatCount(sweep.runCap)}, and`}</span>
        <label className="row">
          <input
            type="number"
            className="extend-count"
            min="1"
            value={runs}
            aria-label="How many more runs"
            onChange={(event) => {
              setRuns(event.target.value)
              setMeaning(null)
            }}
          />
          more runs
        </label>
        <button
          disabled={reason !== null || !isCount || action.isBusy}
          title={reason ?? undefined}
          onClick={() => void action.run(async () => setMeaning(await send(true)))}
        >
          What it means
        </button>
        <button
          disabled={reason !== null || !isCount || action.isBusy}
          title={reason ?? undefined}
          onClick={() =>
            void action.run(async () => {
              const { sweep: extended } = await send(false)
              setMeaning(null)
              announce(`The sweep may have ${extended.runCap ?? 'any number of'} runs now`)
            })
          }
        >
          Extend
        </button>
      </div>
      {reason !== null && <p className="muted">{reason}</p>}
      {meaning !== null && <Meaning outcome={meaning} />}
      {action.problem !== null && (
        <Failure title="This was refused" message={action.problem.message} hint={action.problem.hint} />
      )}
    </section>
  )
}
