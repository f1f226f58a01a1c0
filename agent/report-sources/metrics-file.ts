// Reports in the file that SWEEP_METRICS_FILE names: read as it grows, and to its end when the process has exited.
import { open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { LineSplitter } from './line-splitter.ts'
import type { MetricRows } from './metric-rows.ts'
import { parseReportJson } from './report-json.ts'

export interface MetricsFileOptions {
  readonly path: string
  readonly rows: MetricRows
  /** How often the file is looked at. @default 200 */
  readonly pollIntervalMs?: number
}

/** One look reads no more than this, so that a flood in one file leaves time for the others. */
const MAX_BYTES_PER_LOOK = 1024 * 1024

export class MetricsFile {
  private readonly splitter: LineSplitter
  private readonly timer: NodeJS.Timeout
  private offset = 0
  private looking: Promise<boolean> | null = null

  constructor(private readonly options: MetricsFileOptions) {
    const { rows } = options
    this.splitter = new LineSplitter({
      isCandidate: () => true,
      onLine: (line) => this.takeLine(line),
      onLongLine: () => rows.notice('line_too_long', 'A line over 1 MiB in the metrics file was not read.'),
    })
    this.timer = setInterval(() => void this.look(), options.pollIntervalMs ?? 200)
  }

  /** Reads what is left; nothing is read afterwards. */
  async finish(): Promise<void> {
    clearInterval(this.timer)
    await this.looking
    while (await this.look());
    this.splitter.end()
  }

  /** @returns whether there may be more to read at once */
  private look(): Promise<boolean> {
    this.looking ??= this.readOnce()
      .catch((error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error)
        this.options.rows.notice('metrics_file_unreadable', `The metrics file cannot be read: ${reason}`)
        return false
      })
      .finally(() => (this.looking = null))
    return this.looking
  }

  private async readOnce(): Promise<boolean> {
    const file = await openIfThere(this.options.path)
    if (file === null) return false
    try {
      const { size } = await file.stat()
      if (size < this.offset) this.offset = 0 // it was written anew
      if (size === this.offset) return false
      const buffer = Buffer.allocUnsafe(Math.min(size - this.offset, MAX_BYTES_PER_LOOK))
      const { bytesRead } = await file.read(buffer, 0, buffer.length, this.offset)
      this.offset += bytesRead
      this.splitter.push(buffer.subarray(0, bytesRead))
      return bytesRead > 0 && this.offset < size
    } finally {
      await file.close()
    }
  }

  private takeLine(line: string): void {
    let isReport = false
    try {
      isReport = this.options.rows.add('file', parseReportJson(line))
    } catch {
      isReport = false
    }
    if (isReport) return
    const shown = line.slice(0, 200)
    this.options.rows.notice('metrics_file_line', `Not a JSON object in the metrics file: ${shown}`)
  }
}

async function openIfThere(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, 'r')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}
