// How the machine fared while the run trained: its GPUs first.
import { useCallback, useMemo, useState } from 'react'
import { curvesOption, curvesTable, describeCurves, type CurvesWish } from '../../../charts/curves.ts'
import { answer, api } from '../../api/client.ts'
import type { Run } from '../../api/records.ts'
import { useChartTheme } from '../../charts/chart-colours.ts'
import { ChartPanel } from '../../charts/chart-panel.tsx'
import { EChart } from '../../charts/echart.tsx'
import { formatCounted, formatNumber } from '../../format/number.ts'
import { FailedRequest } from '../../shell/failure.tsx'
import { useRunPart } from './run-data.ts'
import { AttemptChoice, Section } from './section.tsx'
import { groupSystem, type SystemGroup } from './system-groups.ts'
import { WhenSeen } from './when-seen.tsx'

/** At one sample in 10 s: eleven hours. */
const MAX_SAMPLES = 4_000

export function SystemPanel({ run }: { readonly run: Run }) {
  const [chosen, setChosen] = useState<number | null>(null)
  const attempt = chosen ?? Math.max(1, run.attempt)
  const { data, error, refetch } = useRunPart(
    run.id,
    'system',
    () =>
      answer(
        api.GET('/api/v1/runs/{ref}/system', {
          params: { path: { ref: run.id }, query: { attempt, last: MAX_SAMPLES } },
        }),
      ),
    { more: [attempt] },
  )
  const groups = useMemo(() => groupSystem(data?.samples ?? []), [data])
  return (
    <Section
      id="system"
      title="System"
      note={data === undefined ? undefined : formatCounted(data.samples.length, 'sample')}
      controls={<AttemptChoice run={run} value={attempt} onChange={(next) => setChosen(next)} />}
    >
      {error !== null && (
        <FailedRequest what="The system metrics" error={error} onRetry={() => void refetch()} />
      )}
      {data !== undefined && groups.length === 0 && (
        <p className="muted">
          Nothing was sampled. An agent samples its machine every 10 s while a run trains; scripts that run
          without an agent tell through W&amp;B&apos;s client.
        </p>
      )}
      <div className="curve-grid curve-grid-wide">
        {groups.map((group) => (
          <WhenSeen key={group.title} height={220}>
            <SystemChart group={group} />
          </WhenSeen>
        ))}
      </div>
    </Section>
  )
}

function SystemChart({ group }: { readonly group: SystemGroup }) {
  const theme = useChartTheme()
  const wish = useMemo<CurvesWish>(
    () => ({ name: group.title, x: 'time', format: formatNumber }),
    [group.title],
  )
  const option = useMemo(() => curvesOption(group.series, wish, theme), [group, wish, theme])
  const table = useCallback(() => curvesTable(group.series, wish), [group, wish])
  return (
    <ChartPanel
      title={group.title}
      note={group.series.map(({ name, ys }) => `${name} ${lastText(ys)}`).join(' · ')}
      table={table}
      className="curve-chart"
    >
      <EChart option={option} summary={describeSystem(group, wish)} height={150} />
    </ChartPanel>
  )
}

function describeSystem({ title, series }: SystemGroup, wish: CurvesWish): string {
  if (series.length === 1) return describeCurves(series, wish)
  return `${title}, newest: ${series.map(({ name, ys }) => `${name} ${lastText(ys)}`).join(', ')}.`
}

function lastText(ys: readonly (number | null)[]): string {
  const last = ys.findLast((y) => y !== null)
  return last === undefined || last === null ? '–' : formatNumber(last)
}
