// What the API's routes call: the services and the doors that app.ts gives them.
import type { Clock } from '../runtime/clock.ts'
import type { SweepStore } from '../sweeps/store.ts'
import type { ArtifactChanges } from './artifacts/artifact-changes.ts'
import type { ArtifactService } from './artifacts/artifact-service.ts'
import type { RunFileService } from './artifacts/run-file-service.ts'
import type { BlobStore } from './blobs/blob-store.ts'
import type { UrlSigner } from './blobs/signed-url.ts'
import type { Dispatcher } from './dispatch-port.ts'
import type { ClientRunService } from './client-runs/client-run-service.ts'
import type { MendingService } from './mending-service.ts'
import type { AgentService } from './agent-service.ts'
import type { ProjectBoards } from './project-board.ts'
import type { ProjectService } from './project-service.ts'
import type { PollingAgentService } from './polling-agent-service.ts'
import type { RemovalService } from './removal-service.ts'
import type { ChangeFeed } from './live/change-feed.ts'
import type { Snapshots } from './live/snapshots.ts'
import type { RunService } from './run-service.ts'
import type { AnalysisService } from './analysis/analysis-service.ts'
import type { CurveService } from './analysis/curve-service.ts'
import type { OutlookService } from './analysis/outlook-service.ts'
import type { StopService } from './stop-service.ts'
import type { SweepOutlines } from './sweep-outlines.ts'
import type { SweepService } from './sweep-service.ts'

export interface ApiServices {
  readonly store: SweepStore
  readonly dispatcher: Dispatcher
  readonly clock: Clock
  readonly version: string
  readonly sweeps: SweepService
  readonly runs: RunService
  readonly removal: RemovalService
  readonly clientRuns: ClientRunService
  readonly projects: ProjectService
  readonly projectBoards: ProjectBoards
  readonly stops: StopService
  readonly outlooks: OutlookService
  readonly outlines: SweepOutlines
  readonly analysis: AnalysisService
  readonly curves: CurveService
  readonly mending: MendingService
  readonly agents: AgentService
  readonly pollingAgents: PollingAgentService
  readonly snapshots: Snapshots
  readonly changes: ChangeFeed
  readonly runFiles: RunFileService
  readonly artifacts: ArtifactService
  readonly artifactChanges: ArtifactChanges
  readonly blobs: BlobStore
  /** Addresses of files. */
  readonly urls: UrlSigner
}
