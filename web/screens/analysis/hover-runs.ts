// A dot under the pointer is the hovered run of all charts.
import type { EChartsType } from 'echarts/core'
import type { Selection } from '../../selection/selection.ts'

/** For EChart's onReady: data that have an `id` are runs. */
export function hoverRuns(selection: Selection): (chart: EChartsType) => void {
  return (chart) => {
    chart.on('mouseover', ({ data }) => {
      if (typeof data === 'object' && data !== null && 'id' in data && typeof data.id === 'string')
        selection.hover(data.id)
    })
    chart.on('mouseout', () => selection.hover(null))
  }
}
