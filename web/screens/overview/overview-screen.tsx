// The overview of a sweep: the answer in words, the history, the parameters, the ranking. Nothing important is below
// the fold.
import { SweepFrame, type SweepScreen } from '../../shell/sweep-frame.tsx'
import { PanelBoundary } from '../../shell/failure.tsx'
import { FilterBox } from '../../selection/filter-box.tsx'
import { Leaderboard } from '../../table/leaderboard.tsx'
import { KeyList } from '../../keys/key-list.tsx'
import { Banners } from './banners.tsx'
import { ChartSlots } from './chart-slots.tsx'
import { Summary } from './summary.tsx'
import { useNews } from './use-news.ts'
import { useOverview } from './use-overview.ts'
import './overview.css'

export default function OverviewScreen() {
  return (
    <SweepFrame page="" tools={(sweepRef) => <FilterBox sweepRef={sweepRef} />}>
      {(screen) => <Overview {...screen} />}
    </SweepFrame>
  )
}

function Overview({ sweepRef, table }: SweepScreen) {
  const facts = useOverview(sweepRef)
  useNews(table)
  return (
    <div className="overview">
      <PanelBoundary what="The summary">
        <Summary sweepRef={sweepRef} table={table} facts={facts} />
        <Banners sweepRef={sweepRef} table={table} facts={facts} />
      </PanelBoundary>
      {table.count > 0 && <ChartSlots sweepRef={sweepRef} />}
      <PanelBoundary what="The leaderboard">
        <Leaderboard sweepRef={sweepRef} />
      </PanelBoundary>
      <KeyList />
    </div>
  )
}
