// The axes of the parallel coordinates, read from the table once and then kept up to date run by run: reading ten
// thousand runs anew for each message of the stream would cost more than drawing them.
import { readAxis, updateAxis, type ParallelAxis, type ParallelColumn } from '../../charts/parallel-data.ts'
import type { SweepTable } from '../live/sweep-table.ts'
import type { AxisChoice } from './axis-choice.ts'

/** Room for runs to come, so that a new run does not mean a new axis. */
const ROOM = 1.25

interface KnownAxis {
  readonly isLog: boolean
  axis: ParallelAxis
}

export class AxisModel {
  #table: SweepTable | null = null
  readonly #known = new Map<string, KnownAxis>()
  #shown: readonly ParallelAxis[] = []

  /**
   * @param changedRows runs that changed since the last call; null: any may have
   * @returns the same array as before, as long as all axes are the same
   */
  read(
    table: SweepTable,
    choice: readonly AxisChoice[],
    changedRows: ReadonlySet<number> | null,
  ): readonly ParallelAxis[] {
    if (table !== this.#table || changedRows === null) this.#known.clear()
    this.#table = table
    for (const [name, known] of this.#known) this.#update(table, name, known, changedRows)
    const capacity = Math.ceil(table.count * ROOM) + 64
    const axes = choice.map((wish) => {
      const found = this.#known.get(wish.name)
      if (found?.isLog === wish.isLog) return found.axis
      const axis = readAxis(columnOf(table, wish), table.count, capacity)
      this.#known.set(wish.name, { isLog: wish.isLog, axis })
      return axis
    })
    if (axes.length !== this.#shown.length || axes.some((axis, at) => axis !== this.#shown[at]))
      this.#shown = axes
    return this.#shown
  }

  #update(table: SweepTable, name: string, known: KnownAxis, rows: ReadonlySet<number> | null): void {
    if (rows === null) return
    const isMetric = !table.params.has(name)
    const column = columnOf(table, { name, isMetric, isLog: known.isLog })
    for (const row of rows) {
      if (updateAxis(known.axis, column, row)) continue
      this.#known.delete(name)
      return
    }
  }
}

function columnOf(
  table: SweepTable,
  { name, isMetric, isLog }: Omit<AxisChoice, 'isFlipped'>,
): ParallelColumn {
  if (!isMetric) return { name, values: table.params.get(name)?.values ?? [], isLog }
  const fence = table.sweep.metric?.goal === 'maximize' ? ('low' as const) : ('high' as const)
  return { name, values: table.numbers.value.data, isLog, fence }
}
