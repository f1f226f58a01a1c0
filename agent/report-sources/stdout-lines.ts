// Reports on standard output: lines that are a JSON object with at least one number, or `::sweep:: {...}`. All other
// lines are for people and go to the log only.
import { LineSplitter } from './line-splitter.ts'
import { hasNumber, isReportObject } from './metric-rows.ts'
import type { MetricRows } from './metric-rows.ts'
import { parseReportJson } from './report-json.ts'

const MARK = '::sweep::'
const BRACE = 0x7b
const COLON = 0x3a

export class StdoutLines {
  private readonly splitter: LineSplitter

  constructor(private readonly rows: MetricRows) {
    this.splitter = new LineSplitter({
      isCandidate: (firstByte) => firstByte === BRACE || firstByte === COLON,
      onLine: (line) => this.takeLine(line),
      onLongLine: () =>
        rows.notice('line_too_long', 'A line over 1 MiB on standard output was not read as a report.'),
    })
  }

  push(chunk: Buffer): void {
    this.splitter.push(chunk)
  }

  end(): void {
    this.splitter.end()
  }

  private takeLine(line: string): void {
    const isMarked = line.startsWith(MARK)
    if (!isMarked && !line.startsWith('{')) return
    let reported: unknown
    try {
      reported = parseReportJson(isMarked ? line.slice(MARK.length) : line)
    } catch {
      if (isMarked) this.refuse(line)
      return
    }
    // A log in JSON is no report: without the mark, a line needs a number.
    if (!isMarked && !(isReportObject(reported) && hasNumber(reported))) return
    if (!this.rows.add('stdout', reported)) this.refuse(line)
  }

  private refuse(line: string): void {
    this.rows.notice('report_unreadable', `Not a JSON object: ${line.slice(0, 200)}`)
  }
}
