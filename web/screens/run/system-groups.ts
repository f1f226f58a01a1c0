// How a machine fared, sorted into pictures: what belongs together (all GPUs' use, all of the network) is one chart. The
// keys are those of docs/system-metrics.md, which are W&B's. Pure.
import type { CurveSeries } from '../../../charts/curves.ts'
import type { components } from '../../api/openapi.d.ts'

export type SystemSample = components['schemas']['ReadSystemResponse']['samples'][number]

export interface SystemGroup {
  readonly title: string
  readonly series: readonly CurveSeries[]
}

interface Sorting {
  readonly title: string
  readonly pattern: RegExp
}

const SORTINGS: readonly Sorting[] = [
  { title: 'GPU use (%)', pattern: /^system\.gpu\.(?:process\.)?(\d+)\.gpu$/ },
  { title: 'GPU memory in use (%)', pattern: /^system\.gpu\.(\d+)\.memoryAllocated$/ },
  { title: 'GPU memory (bytes)', pattern: /^system\.gpu\.(\d+)\.memoryAllocatedBytes$/ },
  { title: 'GPU power (W)', pattern: /^system\.gpu\.(\d+)\.powerWatts$/ },
  { title: 'GPU temperature (°C)', pattern: /^system\.gpu\.(\d+)\.temp$/ },
  { title: 'Processors (%)', pattern: /^system\.(cpu|proc\.cpu\.percent)$/ },
  { title: 'Memory (%)', pattern: /^system\.(memory_percent|memory|proc\.memory\.percent)$/ },
  { title: 'Memory of the run (MB)', pattern: /^system\.proc\.memory\.(rssMB)$/ },
  { title: 'Threads of the run', pattern: /^system\.proc\.cpu\.(threads)$/ },
  { title: 'Network since start (bytes)', pattern: /^system\.network\.(recv|sent)$/ },
  { title: 'Disk read and written (MB)', pattern: /^system\.disk\.(in|out)$/ },
  { title: 'Disk in use (%)', pattern: /^system\.disk\.(usagePercent)$/ },
]
const NAMES: Readonly<Record<string, string>> = {
  cpu: 'machine',
  'proc.cpu.percent': 'run',
  memory_percent: 'machine',
  memory: 'machine',
  'proc.memory.percent': 'run',
  recv: 'received',
  sent: 'sent',
  in: 'read',
  out: 'written',
  rssMB: 'run',
  threads: 'run',
  usagePercent: 'machine',
}

/** @param samples of one attempt, in order @returns groups that have a value */
export function groupSystem(samples: readonly SystemSample[]): SystemGroup[] {
  const [first] = samples
  if (first === undefined) return []
  const startMs = Date.parse(first.time)
  const xs = samples.map(({ time }) => Date.parse(time) - startMs)
  const keys = [...new Set(samples.flatMap(({ values }) => Object.keys(values)))]
  return SORTINGS.flatMap(({ title, pattern }) => {
    const series = keys.flatMap((key): CurveSeries[] => {
      const part = pattern.exec(key)?.[1]
      if (part === undefined) return []
      const ys = samples.map(({ values }) => values[key] ?? null)
      if (ys.every((value) => value === null)) return []
      return [{ name: /^\d+$/.test(part) ? `GPU ${part}` : (NAMES[part] ?? part), xs, ys }]
    })
    return series.length === 0 ? [] : [{ title, series }]
  })
}
