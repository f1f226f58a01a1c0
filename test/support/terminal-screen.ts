// A command in a terminal of its own, for tests: a real pseudo-terminal (python3), whose output goes through a terminal
// emulator (@xterm/headless), so that a test reads what a person would see, and the bytes that were written for it.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import xterm from '@xterm/headless'
import { waitFor } from './wait.ts'

export interface TerminalOptions {
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  /** @default 80 */
  readonly columns?: number
  /** @default 24 */
  readonly rows?: number
}

export interface TerminalExit {
  /** Negative: the signal that killed it. */
  readonly code: number
  /** The terminal's modes are as they were before. */
  readonly isRestored: boolean
}

export interface TestTerminal {
  /** Of the command. */
  readonly pid: Promise<number>
  /** The lines on the screen now, without spaces at their ends. */
  lines(): string[]
  /** The same as one text. */
  text(): string
  /** The alternate screen is shown, as full-screen programs do. */
  isAlternate(): boolean
  /** Everything that the command wrote, since the last call. */
  takeWritten(): string
  type(keys: string): void
  resize(columns: number, rows: number): void
  /** Waits until the screen shows the text. */
  untilShown(text: string | RegExp, timeoutMs?: number): Promise<void>
  readonly exited: Promise<TerminalExit>
  /** Kills what is left of it. */
  close(): Promise<void>
}

export const KEYS = {
  up: '\u001b[A',
  down: '\u001b[B',
  pageUp: '\u001b[5~',
  pageDown: '\u001b[6~',
  end: '\u001b[F',
  home: '\u001b[H',
  enter: '\r',
  escape: '\u001b',
  ctrlC: '\u0003',
  backspace: '\u007f',
} as const

export function startInTerminal(argv: readonly string[], options: TerminalOptions): TestTerminal {
  const { columns = 80, rows = 24 } = options
  const relay = fileURLToPath(new URL('./pty-relay.py', import.meta.url))
  const child = spawn('python3', [relay, String(columns), String(rows), ...argv], {
    env: { TERM: 'xterm-256color', ...options.env },
    cwd: options.cwd,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const emulator = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true })
  let written = ''
  let told = ''
  child.stdout.on('data', (part: Buffer) => {
    written += part.toString('utf8')
    emulator.write(part)
  })
  child.stdin.on('error', () => {}) // the command has ended
  const pid = new Promise<number>((resolve) => {
    child.stderr.on('data', (part: Buffer) => {
      told += part.toString('utf8')
      const first = /^(\d+)\n/.exec(told)?.[1]
      if (first !== undefined) resolve(Number(first))
    })
  })
  const exited = new Promise<TerminalExit>((resolve) => {
    child.once('close', () => {
      const [, code = '-9', how = ''] = /exit (-?\d+) (.*)/.exec(told) ?? []
      // What was written last reaches the emulator's screen first.
      emulator.write('', () => resolve({ code: Number(code), isRestored: how === 'restored' }))
    })
  })
  const order = (text: object) => void child.stdin.write(`${JSON.stringify(text)}\n`)
  const terminal: TestTerminal = {
    pid,
    exited,
    lines() {
      const { active } = emulator.buffer
      return Array.from(
        { length: emulator.rows },
        (_, row) =>
          active
            .getLine(active.viewportY + row)
            ?.translateToString(true)
            .trimEnd() ?? '',
      )
    },
    text: () => terminal.lines().join('\n'),
    isAlternate: () => emulator.buffer.active.type === 'alternate',
    takeWritten() {
      const taken = written
      written = ''
      return taken
    },
    type: (keys) => order({ type: keys }),
    resize(width, height) {
      emulator.resize(width, height)
      order({ resize: [width, height] })
    },
    async untilShown(text, timeoutMs = 10_000) {
      const isShown = () =>
        typeof text === 'string' ? terminal.text().includes(text) : text.test(terminal.text())
      await waitFor(`the screen shows ${String(text)}`, isShown, { timeoutMs, details: terminal.text })
    },
    async close() {
      child.stdin.end()
      await exited
      emulator.dispose()
    },
  }
  return terminal
}
