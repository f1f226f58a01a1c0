// Can early termination be trusted? Band by band what it kept and ended, what that saved, how well early values foretell
// the final ones, and whether it would have ended the winner.
import { useCallback, useMemo } from 'react'
import {
  describeStopping,
  FATE_WORDS,
  MAX_BANDS,
  runsOfBar,
  stoppingOption,
  stoppingTable,
  type StoppingBand,
  type StoppingWish,
} from '../../../charts/stopping.ts'
import { ApiError } from '../../api/client.ts'
import { useChartTheme } from '../../charts/chart-colours.ts'
import { ChartPanel } from '../../charts/chart-panel.tsx'
import { EChart, type ChartClick } from '../../charts/echart.tsx'
import { RunLink } from '../../format/entity-link.tsx'
import { formatCount, formatCounted, formatNumber, formatValue } from '../../format/number.ts'
import type { Selection, SelectionState } from '../../selection/selection.ts'
import { FailedRequest } from '../../shell/failure.tsx'
import { Computing, EmptyPanel, Needs } from './needs.tsx'
import { useStops, type Stops } from './use-analysis.ts'

const TITLE = 'Stopping'

interface StoppingPanelProps {
  readonly sweepRef: string
  readonly selected: SelectionState
  readonly selection: Selection
}

export function StoppingPanel({ sweepRef, selected, selection }: StoppingPanelProps) {
  const { data, error, refetch } = useStops(sweepRef)
  if (error instanceof ApiError && error.code === 'ILLEGAL_TRANSITION')
    return (
      <EmptyPanel title={TITLE}>
        <Needs>
          This sweep ends no run early. <code>{'early_terminate: {type: hyperband, min_iter: 3}'}</code> in
          the file of the next one saves the time of hopeless runs.
        </Needs>
      </EmptyPanel>
    )
  if (error !== null && data === undefined)
    return <FailedRequest what="Stopping" error={error} onRetry={() => void refetch()} />
  if (data === undefined)
    return (
      <EmptyPanel title={TITLE}>
        <Computing what="The checks are read" />
      </EmptyPanel>
    )
  if (data.bands.length === 0)
    return (
      <EmptyPanel title={TITLE}>
        <Needs>No run has come to a check yet: the first ones are compared when enough have.</Needs>
      </EmptyPanel>
    )
  return <StoppingChart {...{ sweepRef, selected, selection }} stops={data} />
}

function StoppingChart({
  sweepRef,
  selected,
  selection,
  stops,
}: StoppingPanelProps & { readonly stops: Stops }) {
  const theme = useChartTheme()
  const bands = useMemo(() => bandsOf(stops), [stops])
  const unit = typeof stops.rule['resource'] === 'string' ? stops.rule['resource'] : 'report'
  const metric = selected.table.sweep.metric?.name ?? ''
  const wish = useMemo<StoppingWish>(() => ({ metric, unit, format: formatValue }), [metric, unit])
  const option = useMemo(() => stoppingOption(bands, wish, theme), [bands, wish, theme])
  const table = useCallback(() => stoppingTable(bands, wish), [bands, wish])
  const select = useCallback(
    (ids: readonly string[]) => {
      selection.clearChecked()
      selection.check(ids, true)
    },
    [selection],
  )
  const onClick = useCallback(({ data }: ChartClick) => select(runsOfBar(data)), [select])
  const rule = typeof stops.rule['type'] === 'string' ? stops.rule['type'] : 'early termination'
  return (
    <ChartPanel
      title={TITLE}
      note={`${rule} · ${formatCounted(stops.stopped, 'run')} ended${savedText(stops.savedHours)}${bands.length > MAX_BANDS ? ` · the first ${MAX_BANDS} of ${bands.length} checks` : ''}`}
      table={table}
      fileName="stopping"
    >
      <EChart option={option} summary={describeStopping(bands, wish)} height={190} onClick={onClick} />
      <StoppingLegend />
      <BandTable stops={stops} unit={unit} select={select} />
      <Verdict stops={stops} sweepRef={sweepRef} unit={unit} />
      {selected.checked.size > 0 && (
        <p className="row" role="status">
          {formatCounted(selected.checked.size, 'run')} selected, here and in the leaderboard.
          <button onClick={() => selection.clearChecked()}>Clear</button>
        </p>
      )}
    </ChartPanel>
  )
}

function StoppingLegend() {
  const theme = useChartTheme()
  const entries = [
    [FATE_WORDS.kept, theme.series[0]],
    [FATE_WORDS.stopped, theme.series[1]],
    [FATE_WORDS.controls, theme.series[3]],
  ] as const
  return (
    <ul className="analysis-curve-legend">
      {entries.map(([word, colour]) => (
        <li key={word}>
          <span className="analysis-swatch" aria-hidden="true" style={{ background: colour }} />
          {word}
        </li>
      ))}
      <li className="muted">dashed: the line · a click on a bar selects its runs</li>
    </ul>
  )
}

interface BandTableProps {
  readonly stops: Stops
  readonly unit: string
  readonly select: (ids: readonly string[]) => void
}

function BandTable({ stops, unit, select }: BandTableProps) {
  return (
    <div className="analysis-bands">
      <table>
        <caption className="visually-hidden">What happened at each check</caption>
        <thead>
          <tr>
            <th scope="col">{unit}</th>
            <th scope="col" className="number">
              came
            </th>
            <th scope="col" className="number">
              ended
            </th>
            <th scope="col" className="number">
              controls
            </th>
            <th scope="col" className="number">
              saved hours
            </th>
            <th scope="col" className="number" title="Spearman's, over runs that went to their end">
              ρ with the final value
            </th>
            <th scope="col">select</th>
          </tr>
        </thead>
        <tbody>
          {stops.bands.map((band) => {
            const ids = (which: 'kept' | 'stopped') => (band.bins ?? []).flatMap((bin) => bin[which])
            const name = `${unit} ${formatNumber(band.band)}`
            return (
              <tr key={band.band}>
                <th scope="row">{band.band === 0 ? 'NaN alone' : formatNumber(band.band)}</th>
                <td className="number">{formatCount(band.reached)}</td>
                <td className="number">{formatCount(band.stopped)}</td>
                <td className="number">{formatCount(band.controls)}</td>
                <td className="number">{band.savedHours === null ? '–' : formatNumber(band.savedHours)}</td>
                <td className="number">
                  {band.rankCorrelation === null
                    ? `– (${formatCounted(band.finishedCount, 'run')})`
                    : `${band.rankCorrelation.toFixed(2)} (${formatCounted(band.finishedCount, 'run')})`}
                </td>
                <td>
                  <button
                    aria-label={`Select the runs ended at ${name}`}
                    onClick={() => select(ids('stopped'))}
                  >
                    ended
                  </button>{' '}
                  <button aria-label={`Select the runs kept at ${name}`} onClick={() => select(ids('kept'))}>
                    kept
                  </button>
                </td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}

function Verdict({
  stops,
  sweepRef,
  unit,
}: {
  readonly stops: Stops
  readonly sweepRef: string
  readonly unit: string
}) {
  const { winner, controls } = stops
  const bestCount = controls.filter(({ amongBest }) => amongBest).length
  return (
    <div className="analysis-verdict">
      {winner !== undefined && winner !== null && winner.checks.length > 0 && (
        <p>
          <strong>Would it have cut the winner?</strong> {winnerAnswer(winner, unit)} Winner:{' '}
          <RunLink id={winner.runId} sweepRef={sweepRef} />
        </p>
      )}
      {controls.length > 0 ? (
        <p>
          <strong>Audit:</strong> {formatCounted(controls.length, 'condemned run')} lived on as controls;{' '}
          {formatCount(bestCount)} of them ended among the best tenth
          {bestCount === 0
            ? '.'
            : `; of as many runs chosen by chance ${formatNumber(controls.length / 10)} would have.`}
        </p>
      ) : (
        <p className="muted">
          No controls: <code>audit: 5%</code> in early_terminate keeps some condemned runs alive, to see what
          stopping costs.
        </p>
      )}
    </div>
  )
}

function winnerAnswer({ checks }: NonNullable<Stops['winner']>, unit: string): string {
  const cut = checks.find(({ isCut }) => isCut)
  const shown = cut ?? checks[0]
  if (shown === undefined) return ''
  const place = `rank ${formatCount(shown.rank)} of ${formatCount(shown.of)} at ${unit} ${formatNumber(shown.band)}`
  return cut === undefined ? `No (${place}).` : `Yes, by the line of today (${place}): it was kept by luck.`
}

function savedText(hours: number | null): string {
  return hours === null || hours === 0 ? '' : ` · saved ${formatNumber(hours)} hours of runs`
}

function bandsOf(stops: Stops): StoppingBand[] {
  return stops.bands
    .filter(({ band, bins }) => band > 0 && (bins ?? []).length > 0)
    .map(({ band, threshold, bins }) => ({
      band,
      threshold: typeof threshold === 'number' ? threshold : null,
      bins: bins ?? [],
    }))
}
