// Takes content off the disk that nothing names any more: at the start, and some time after something was deleted.
// Uploads that were never finished go the same way: their artifacts are forgotten after a day.
import type { Clock } from '../../runtime/clock.ts'
import type { Logger } from '../../runtime/logger.ts'
import type { SweepStore } from '../../sweeps/store.ts'
import { BLOB_GRACE_MS } from './blob-store.ts'
import type { BlobStore } from './blob-store.ts'

export interface BlobCleaner {
  /** Cleans once. @returns what was freed */
  clean(): Promise<{ blobCount: number; sizeBytes: number }>
  /** Something was deleted: the next round looks. */
  noteDeletion(): void
  /** Resolves when no round is under way; starts none any more. */
  close(): Promise<void>
}

export interface BlobCleanerOptions {
  readonly blobs: BlobStore
  readonly store: SweepStore
  readonly clock: Clock
  readonly log: Logger
  /** @default BLOB_GRACE_MS */
  readonly graceMs?: number
}

/** How long an artifact may stay without its commit. */
const ABANDONED_MS = 24 * 3_600_000
const BATCH = 500

/** The first round begins at once, in the background. */
export function startBlobCleaner(options: BlobCleanerOptions): BlobCleaner {
  const { log, graceMs = BLOB_GRACE_MS } = options
  let isDirty = true
  let isClosed = false
  let round: Promise<unknown> = Promise.resolve()
  const isOver = () => isClosed

  const runRound = () => {
    if (!isDirty || isClosed) return
    isDirty = false
    round = cleanBlobs(options, isOver).catch((error: unknown) => {
      isDirty = true
      log.warn('blobs.cleaning_failed', { reason: error instanceof Error ? error.message : String(error) })
    })
  }
  runRound()
  const timer = setInterval(runRound, Math.max(1000, graceMs))
  timer.unref()

  return {
    clean: () => cleanBlobs(options, isOver),
    noteDeletion: () => (isDirty = true),
    async close() {
      isClosed = true
      clearInterval(timer)
      await round
    },
  }
}

async function cleanBlobs(
  { blobs, store, clock, log, graceMs = BLOB_GRACE_MS }: BlobCleanerOptions,
  isOver: () => boolean,
): Promise<{ blobCount: number; sizeBytes: number }> {
  const now = clock.now()
  const freed = { blobCount: 0, sizeBytes: 0 }
  await blobs.clearIncoming(now - Math.max(graceMs, 3_600_000))
  await store.write(async (tx) => {
    const abandoned = await tx.artifacts.listAbandoned(now - ABANDONED_MS)
    if (abandoned.length > 0) await tx.artifacts.deleteArtifacts(abandoned)
  })
  let batch: string[] = []
  const removeUnnamed = async () => {
    const named = await store.files.namedBlobs(batch)
    for (const hash of batch.filter((one) => !named.has(one))) {
      const bytes = blobs.removeOld(hash, now - graceMs)
      if (bytes === null) continue
      freed.sizeBytes += bytes
      freed.blobCount += 1
    }
    batch = []
  }
  for await (const hash of blobs.listOld(now - graceMs)) {
    if (isOver()) return freed
    batch.push(hash)
    if (batch.length === BATCH) await removeUnnamed()
  }
  if (batch.length > 0) await removeUnnamed()
  if (freed.blobCount > 0) log.info('blobs.cleaned', freed)
  return freed
}
