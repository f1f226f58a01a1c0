// What each parameter is worth to the metric, and how sure that is.
import { useCallback, useMemo } from 'react'
import {
  describeImportance,
  drawnBars,
  importanceHeight,
  importanceOption,
  importanceTable,
} from '../../../charts/importance.ts'
import type { UseQueryResult } from '@tanstack/react-query'
import { useChartTheme } from '../../charts/chart-colours.ts'
import { ChartPanel } from '../../charts/chart-panel.tsx'
import { EChart } from '../../charts/echart.tsx'
import { formatCount, formatCounted } from '../../format/number.ts'
import { FailedRequest } from '../../shell/failure.tsx'
import { Computing, EmptyPanel, Needs } from './needs.tsx'
import type { Importance } from './use-analysis.ts'

interface ImportancePanelProps {
  readonly asked: UseQueryResult<Importance>
  readonly isBrushed: boolean
}

export function ImportancePanel({ asked, isBrushed }: ImportancePanelProps) {
  const { data, error, refetch } = asked
  if (data === undefined && error !== null)
    return <FailedRequest what="Importance" error={error} onRetry={() => void refetch()} />
  if (data === undefined)
    return (
      <EmptyPanel title="Importance">
        <Computing what="The forest grows" />
      </EmptyPanel>
    )
  if (data.reason !== null || drawnBars(data.parameters).length === 0) {
    const { counted, nan, noMetric } = data.runs
    return (
      <EmptyPanel title="Importance">
        <Needs>
          {data.metric === null
            ? 'This sweep has no metric: nothing can matter to it.'
            : data.reason === null
              ? 'No parameter differs between the runs.'
              : `Needs ~${data.needed} finished runs with a value of ${data.metric.slice(0, 80)}: there ${counted === 1 ? 'is' : 'are'} ${formatCount(counted)}${left(nan, noMetric)}.`}
        </Needs>
      </EmptyPanel>
    )
  }
  return <ImportanceChart data={data} isBrushed={isBrushed} isOld={asked.isPlaceholderData} />
}

interface ImportanceChartProps {
  readonly data: Importance
  readonly isBrushed: boolean
  readonly isOld: boolean
}

function ImportanceChart({ data, isBrushed, isOld }: ImportanceChartProps) {
  const theme = useChartTheme()
  const { parameters, runs, r2, metric } = data
  const wish = useMemo(() => ({ metric: metric ?? '', runs: runs.sampled, r2 }), [metric, runs.sampled, r2])
  const option = useMemo(() => importanceOption(parameters, theme), [parameters, theme])
  const table = useCallback(() => importanceTable(parameters), [parameters])
  const notes = [
    runs.sampled < runs.counted
      ? `forest, ${formatCount(runs.sampled)} of ${formatCounted(runs.counted, 'run')}, sampled evenly`
      : `forest, ${formatCounted(runs.counted, 'run')}`,
    r2 === null ? '' : `R² ${r2.toFixed(2)} on held-out runs`,
    runs.stopped > 0 ? `${formatCount(runs.stopped)} stopped early` : '',
    runs.nan > 0 ? `${formatCount(runs.nan)} NaN left out` : '',
    runs.failed > 0 ? `${formatCount(runs.failed)} failed` : '',
    isBrushed ? 'of the filter, not of the brush' : '',
    isOld ? 'being computed anew' : '',
  ].filter((note) => note !== '')
  const isPoor = r2 !== null && r2 < 0.2
  return (
    <ChartPanel
      title={`Importance for ${(metric ?? '').slice(0, 60)}`}
      note={notes.join(' · ')}
      table={table}
      fileName="importance"
    >
      <EChart
        option={option}
        summary={describeImportance(parameters, wish)}
        height={importanceHeight(parameters)}
      />
      {isPoor && (
        <p className="muted analysis-caution">
          The forest explains little of runs it has not seen: take these bars for hints.
        </p>
      )}
    </ChartPanel>
  )
}

function left(nan: number, noMetric: number): string {
  const parts = [
    nan > 0 ? `${formatCount(nan)} with NaN` : '',
    noMetric > 0 ? `${formatCount(noMetric)} without it` : '',
  ].filter((part) => part !== '')
  return parts.length === 0 ? '' : ` (and ${parts.join(', ')})`
}
