// What is reported of an attempt besides what its command says: where it comes from, and how its machine fares while
// it trains. Begins when the process has started, and holds nothing up but, for a moment, the end of a very short run.
import { setTimeout as delay } from 'node:timers/promises'
import type { OptionalReport } from '../sweeps/protocol.ts'
import type { ProcessIdentity } from '../runtime/process-tree.ts'
import type { Journal } from './journal.ts'
import type { PendingProvenance, ProvenanceReader, StartedAttempt } from './provenance/provenance-reader.ts'
import type { ReportBuffer } from './report-buffer.ts'
import type { SystemMonitor, Watch } from './system-metrics/system-monitor.ts'

export interface SurroundingsServices {
  readonly provenance: ProvenanceReader
  /** null: switched off. */
  readonly monitor: SystemMonitor | null
  /** Does the controller take reports of this kind? */
  readonly accepts: (kind: OptionalReport) => boolean
}

/** How long the end of a run waits for what is still being read of its provenance; then it goes without that. */
const LIMIT_MS = 2_000

export class Surroundings {
  private readonly pending: PendingProvenance | null
  private readonly watch: Watch | null
  private isSent = false

  /** To be made when the start is journaled: nothing of it may come before. */
  constructor(
    private readonly attempt: {
      readonly key: string
      readonly buffer: ReportBuffer
      readonly journal: Journal
      readonly started: StartedAttempt
      readonly leader: ProcessIdentity | null
    },
    private readonly services: SurroundingsServices,
  ) {
    const { buffer, started, leader } = attempt
    const { provenance, monitor, accepts } = services
    this.pending = accepts('provenance') ? provenance.begin(started) : null
    void this.pending?.complete.then(() => this.sendProvenance())
    this.watch =
      monitor !== null && accepts('system')
        ? monitor.watch({
            leader,
            devices: started.devices,
            onSamples: (samples) => buffer.add({ kind: 'system', samples }),
          })
        : null
  }

  /** Before the end is journaled. */
  async finish(): Promise<void> {
    this.watch?.end()
    if (this.isSent || this.pending === null) return
    await Promise.race([this.pending.complete, delay(LIMIT_MS, undefined, { ref: false })])
    this.sendProvenance()
  }

  private sendProvenance(): void {
    const { key, buffer, journal } = this.attempt
    if (this.isSent || this.pending === null) return
    this.isSent = true
    const report = this.pending.report()
    const seqBefore = journal.attempt(key)?.lastSeq ?? 0
    buffer.add(report)
    const seq = journal.attempt(key)?.lastSeq ?? 0
    if (seq > seqBefore) this.services.provenance.sent(key, seq, report) // else the disk was full
  }
}
