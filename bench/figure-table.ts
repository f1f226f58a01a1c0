// What benchmarks print: the machine they ran on, and a line for each figure with its limit.
import { cpus } from 'node:os'

/** Processor, Node and date. */
export function describeMachine(...more: string[]): string {
  const processor = `${cpus().length} x ${cpus()[0]?.model.trim() ?? 'unknown processor'}`
  return [processor, `Node ${process.version}`, ...more, new Date().toISOString().slice(0, 10)].join(', ')
}

/** Prints a line; a limit that is missed makes the process end with 1. */
export function printFigure(name: string, figure: string, limit = '', isMet = true): void {
  console.log(`${isMet ? ' ' : '✗'} ${name.padEnd(44)}${figure.padStart(14)}   ${limit}`.trimEnd())
  if (!isMet) process.exitCode = 1
}
