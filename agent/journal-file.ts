// Lines on disk that survive kill -9 and a full disk: an append-only file, and a reserve of allocated blocks into
// which essential lines go when the file cannot grow. What the lines mean is journal.ts.
import * as nodeFs from 'node:fs'
import { join } from 'node:path'

/** The few calls the journal makes, so that tests can fail the n-th of them. */
export type JournalFs = Pick<
  typeof nodeFs,
  | 'openSync'
  | 'closeSync'
  | 'writeSync'
  | 'readSync'
  | 'fstatSync'
  | 'ftruncateSync'
  | 'fsyncSync'
  | 'fdatasync'
  | 'renameSync'
  | 'unlinkSync'
>

/** The disk is full: the line was not written, the file is as before. */
export class JournalFullError extends Error {
  readonly code = 'JOURNAL_FULL' // callers drop a metric or refuse a job
  constructor(cause: unknown) {
    super('the journal cannot grow: the disk is full', { cause })
    this.name = 'JournalFullError'
  }
}

/** The journal cannot be written, and not for want of room: `onFatal` was told, and nothing is taken from now on. */
export class JournalBrokenError extends Error {
  readonly code = 'JOURNAL_BROKEN' // callers let go: the agent ends, and the next start reads what was written
  constructor(cause: unknown) {
    super(`the journal cannot be written: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    })
    this.name = 'JournalBrokenError'
  }
}

/** Where a line lies; the file moves it in place when lines move. */
export interface LineRef {
  area: 'main' | 'reserve'
  offset: number
  /** Bytes without the newline. */
  length: number
}

export interface JournalFileOptions {
  readonly directory: string
  /** @default node:fs */
  readonly fs?: JournalFs
  /** Allocated in advance for essential lines. @default 4 MiB */
  readonly reserveBytes?: number
  /** Called once when a write or a flush failed: what was written may be lost, nobody may go on. */
  readonly onFatal: (error: unknown) => void
}

const NEWLINE = 0x0a
const DISK_FULL_CODES = new Set(['ENOSPC', 'EDQUOT', 'EFBIG', 'SQLITE_FULL'])

export class JournalFile {
  private readonly fs: JournalFs
  private readonly path: string
  private readonly reservePath: string
  private readonly reserveBytes: number
  private main: number
  private mainEnd = 0
  private reserve: number | null = null
  private reserveEnd = 0
  private couldNotGrow = false
  private readonly reserveRefs: LineRef[] = []
  private flushing: Promise<void> | null = null
  private nextFlush: Promise<void> | null = null
  private failure: unknown = null
  private isClosed = false

  constructor(private readonly options: JournalFileOptions) {
    this.fs = options.fs ?? nodeFs
    this.path = join(options.directory, 'journal.jsonl')
    this.reservePath = join(options.directory, 'journal.reserve')
    this.reserveBytes = options.reserveBytes ?? 4 * 1024 * 1024
    this.main = this.fs.openSync(this.path, nodeFs.constants.O_RDWR | nodeFs.constants.O_CREAT, 0o600)
    this.syncDirectory()
  }

  /** Bytes of the growing file. */
  get sizeBytes(): number {
    return this.mainEnd
  }

  /** The disk was full at the last try: only essential lines are taken, until `recover` succeeds. */
  get isFull(): boolean {
    return this.reserve === null || this.reserveEnd > 0 || this.couldNotGrow
  }

  /** Somebody else found the disk full: as if this file had, until `recover` succeeds. */
  noteFull(): void {
    this.couldNotGrow = true
  }

  /**
   * Hands every line to `visit`, oldest first; call once, before the first append. A torn last line is cut off.
   * @param visit answers false for a line that cannot be read; it is passed over
   */
  load(visit: (line: string, ref: LineRef) => boolean): { skippedCount: number } {
    let skippedCount = 0
    const end = this.scan(this.main, 'main', (line, ref) => {
      if (!visit(line, ref)) skippedCount++
    })
    this.mainEnd = end
    this.fs.ftruncateSync(this.main, end)
    const reserve = this.openReserve()
    if (reserve !== null) {
      this.reserve = reserve
      this.scan(reserve, 'reserve', (line, ref) => {
        if (!visit(line, ref)) return // torn: the rest of the block is blank
        this.reserveRefs.push(ref)
        this.reserveEnd = ref.offset + ref.length + 1
      })
    }
    this.refillReserveUnlessUsed()
    this.recover()
    return { skippedCount }
  }

  /**
   * Writes one line; it is on disk after the next `flush`.
   * @throws JournalFullError for a line that is not essential, or when the reserve is used up too
   * @throws JournalBrokenError when anything failed before, too: a line that is lost must have no successor
   */
  append(line: string, options: { readonly isEssential: boolean }): LineRef {
    if (this.failure !== null) throw new JournalBrokenError(this.failure)
    if (this.isFull && !options.isEssential) throw new JournalFullError(undefined)
    const bytes = Buffer.from(`${line}\n`)
    // Once a line went into the reserve all follow it there: their order is their meaning.
    if (this.reserveEnd === 0) {
      try {
        return this.appendMain(bytes)
      } catch (error) {
        if (!(error instanceof JournalFullError) || !options.isEssential) throw error
      }
    }
    return this.appendReserve(bytes)
  }

  /** Resolves when everything appended before the call is on disk; flushes are shared by all who wait. */
  flush(): Promise<void> {
    if (this.flushing === null) return (this.flushing = this.runFlush())
    this.nextFlush ??= this.flushing.then(() => {
      this.nextFlush = null
      return (this.flushing = this.runFlush())
    })
    return this.nextFlush
  }

  read(ref: LineRef): string {
    const bytes = Buffer.allocUnsafe(ref.length)
    this.readFully(ref.area === 'main' ? this.main : (this.reserve ?? this.main), bytes, ref.offset)
    return bytes.toString('utf8')
  }

  /**
   * Replaces the file by these lines (new texts, or lines that stay, whose refs move) in one atomic step.
   * @returns false when the disk has no room for the copy: the file is as before
   * @throws JournalBrokenError
   */
  rewrite(lines: Iterable<string | LineRef>): boolean {
    const temporary = `${this.path}.new`
    const moved: { ref: LineRef; offset: number }[] = []
    let end = 0
    let file: number | null = null
    try {
      file = this.fs.openSync(
        temporary,
        nodeFs.constants.O_RDWR | nodeFs.constants.O_CREAT | nodeFs.constants.O_TRUNC,
        0o600,
      )
      let pending: Buffer[] = []
      let pendingBytes = 0
      const writePending = () => {
        if (file !== null) this.writeFully(file, Buffer.concat(pending), end - pendingBytes)
        pending = []
        pendingBytes = 0
      }
      for (const item of lines) {
        const bytes = Buffer.from(`${typeof item === 'string' ? item : this.read(item)}\n`)
        if (typeof item !== 'string') moved.push({ ref: item, offset: end })
        pending.push(bytes)
        pendingBytes += bytes.length
        end += bytes.length
        if (pendingBytes > 1024 * 1024) writePending()
      }
      writePending()
      this.fs.fsyncSync(file)
      this.fs.renameSync(temporary, this.path)
    } catch (error) {
      if (file !== null) this.fs.closeSync(file)
      this.unlinkQuietly(temporary)
      if (isDiskFull(error)) return false
      throw this.break(error)
    }
    try {
      this.syncDirectory()
    } catch (error) {
      throw this.break(error)
    }
    const old = this.main
    // A flush of the old file may be under way in another thread: its descriptor must not be given away before.
    const closeOld = () => this.fs.closeSync(old)
    if (this.flushing === null) closeOld()
    else void this.flushing.finally(closeOld)
    this.main = file
    this.mainEnd = end
    for (const { ref, offset } of moved) {
      ref.area = 'main'
      ref.offset = offset
    }
    if (this.reserveEnd > 0) {
      this.reserveRefs.length = 0
      this.refillReserve()
    }
    return true
  }

  /**
   * Tries to leave the full state: moves the reserve's lines into the file and allocates the reserve again.
   * @throws JournalBrokenError
   */
  recover(): boolean {
    if (!this.isFull) return true
    try {
      this.probeGrowth()
      for (const ref of this.reserveRefs) {
        const copy = this.appendMain(Buffer.from(`${this.read(ref)}\n`))
        ref.area = 'main'
        ref.offset = copy.offset
      }
      this.fs.fsyncSync(this.main)
      this.reserveRefs.length = 0
      this.couldNotGrow = false
      this.refillReserve()
      return !this.isFull
    } catch (error) {
      if (error instanceof JournalFullError || isDiskFull(error)) return this.undoRecovery()
      throw this.break(error)
    }
  }

  async close(): Promise<void> {
    if (this.isClosed) return
    this.isClosed = true
    await Promise.allSettled([this.nextFlush, this.flushing])
    this.fs.closeSync(this.main)
    if (this.reserve !== null) this.fs.closeSync(this.reserve)
  }

  /** Whether the file can take more than the next few lines; throws as a write would. */
  private probeGrowth(): void {
    const end = this.mainEnd
    this.appendMain(Buffer.alloc(64 * 1024, NEWLINE))
    this.fs.ftruncateSync(this.main, end)
    this.mainEnd = end
  }

  /** Lines that were copied stay in the file; those that were not stay in the reserve, which keeps its contents. */
  private undoRecovery(): boolean {
    const remaining = this.reserveRefs.filter((ref) => ref.area === 'reserve')
    this.reserveRefs.splice(0, this.reserveRefs.length, ...remaining)
    return false
  }

  private appendMain(bytes: Buffer): LineRef {
    const offset = this.mainEnd
    try {
      this.writeFully(this.main, bytes, offset)
    } catch (error) {
      // A short write left half a line behind: cut it off, or the next line would be joined to it.
      this.cutQuietly(offset)
      if (!isDiskFull(error)) throw this.break(error)
      this.couldNotGrow = true
      throw new JournalFullError(error)
    }
    this.mainEnd = offset + bytes.length
    return { area: 'main', offset, length: bytes.length - 1 }
  }

  private appendReserve(bytes: Buffer): LineRef {
    if (this.reserve === null || this.reserveEnd + bytes.length > this.reserveBytes) {
      throw new JournalFullError(undefined)
    }
    const ref: LineRef = { area: 'reserve', offset: this.reserveEnd, length: bytes.length - 1 }
    try {
      this.writeFully(this.reserve, bytes, ref.offset)
    } catch (error) {
      if (isDiskFull(error)) throw new JournalFullError(error)
      throw this.break(error)
    }
    this.reserveRefs.push(ref)
    this.reserveEnd += bytes.length
    return ref
  }

  private openReserve(): number | null {
    try {
      return this.fs.openSync(this.reservePath, nodeFs.constants.O_RDWR, 0o600)
    } catch {
      return null
    }
  }

  private refillReserveUnlessUsed(): void {
    if (this.reserveEnd === 0) this.refillReserve()
  }

  /** Blank lines over the whole reserve: the blocks are allocated, and what is written later is followed by blanks. */
  private refillReserve(): void {
    let file = this.reserve
    const isNew = file === null
    try {
      file ??= this.fs.openSync(this.reservePath, nodeFs.constants.O_RDWR | nodeFs.constants.O_CREAT, 0o600)
      if (isNew || this.reserveEnd > 0 || this.fs.fstatSync(file).size < this.reserveBytes) {
        this.writeFully(file, Buffer.alloc(this.reserveBytes, NEWLINE), 0)
        this.fs.fsyncSync(file)
      }
      this.reserve = file
      this.reserveEnd = 0
      if (isNew) this.syncDirectory()
    } catch (error) {
      if (isNew && file !== null) {
        this.fs.closeSync(file)
        this.unlinkQuietly(this.reservePath)
      }
      if (!isDiskFull(error)) throw error
    }
  }

  private runFlush(): Promise<void> {
    const files = this.reserveEnd > 0 && this.reserve !== null ? [this.main, this.reserve] : [this.main]
    const flushed = Promise.all(
      files.map(
        (file) =>
          new Promise<void>((resolve, reject) =>
            this.fs.fdatasync(file, (error) => (error ? reject(error) : resolve())),
          ),
      ),
    ).then(
      () => undefined,
      (error: unknown) => {
        // After a failed flush the kernel may have dropped the pages: trying again would answer "fine" for data
        // that is gone.
        this.fail(error)
        throw error
      },
    )
    void flushed.then(
      () => this.settleFlush(flushed),
      () => this.settleFlush(flushed),
    )
    return flushed
  }

  private settleFlush(flushed: Promise<void>): void {
    if (this.flushing === flushed && this.nextFlush === null) this.flushing = null
  }

  private fail(error: unknown): void {
    if (this.failure !== null) return
    this.failure = error
    this.options.onFatal(error)
  }

  private break(error: unknown): JournalBrokenError {
    if (error instanceof JournalBrokenError) return error
    this.fail(error)
    return new JournalBrokenError(error)
  }

  private cutQuietly(end: number): void {
    try {
      this.fs.ftruncateSync(this.main, end)
    } catch (error) {
      this.fail(error)
    }
  }

  /** @returns the end of the last whole line */
  private scan(file: number, area: LineRef['area'], visit: (line: string, ref: LineRef) => void): number {
    const size = this.fs.fstatSync(file).size
    const chunk = Buffer.allocUnsafe(1024 * 1024)
    let carry: Buffer = Buffer.alloc(0)
    let carryOffset = 0
    for (let position = 0; position < size;) {
      const count = this.fs.readSync(file, chunk, 0, chunk.length, position)
      if (count === 0) break
      position += count
      const data =
        carry.length > 0 ? Buffer.concat([carry, chunk.subarray(0, count)]) : chunk.subarray(0, count)
      let start = 0
      for (let at = data.indexOf(NEWLINE); at >= 0; at = data.indexOf(NEWLINE, start)) {
        const ref: LineRef = { area, offset: carryOffset + start, length: at - start }
        if (ref.length > 0) visit(data.toString('utf8', start, at), ref)
        start = at + 1
      }
      carry = Buffer.from(data.subarray(start))
      carryOffset += start
    }
    return carryOffset
  }

  private writeFully(file: number, bytes: Buffer, position: number): void {
    for (let done = 0; done < bytes.length;) {
      done += this.fs.writeSync(file, bytes, done, bytes.length - done, position + done)
    }
  }

  private readFully(file: number, bytes: Buffer, position: number): void {
    for (let done = 0; done < bytes.length;) {
      const count = this.fs.readSync(file, bytes, done, bytes.length - done, position + done)
      if (count === 0) throw new Error(`${this.path} ends before a line that was written to it`)
      done += count
    }
  }

  private syncDirectory(): void {
    const directory = this.fs.openSync(this.options.directory, nodeFs.constants.O_RDONLY)
    try {
      this.fs.fsyncSync(directory)
    } finally {
      this.fs.closeSync(directory)
    }
  }

  private unlinkQuietly(path: string): void {
    try {
      this.fs.unlinkSync(path)
    } catch {
      return // was never made
    }
  }
}

/** There is no room for what was to be written, as the system or SQLite (the folder's lock) says. */
export function isDiskFull(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  return ('code' in error && DISK_FULL_CODES.has(String(error.code))) || isDiskFull(error.cause)
}
