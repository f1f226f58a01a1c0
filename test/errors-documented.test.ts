// docs/errors.md lists exactly the codes that the code knows: those of errors with their exit code and status, those of
// problems in a sweep file, and those of notices. The last two are read from the sources by where they stand.
import { readFileSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { join } from 'node:path'
import ts from 'typescript'
import { describe, expect, test } from 'vitest'
import { ERROR_CODES } from '../sweeps/errors.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const page = readFileSync(join(ROOT, 'docs/errors.md'), 'utf8')

/** The cells of each row of the table below a heading. */
function tableUnder(heading: string): string[][] {
  const section = page.split(/^## /m).find((text) => text.startsWith(`${heading}\n`)) ?? ''
  return section
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|').slice(1, -1))
    .map((cells) => cells.map((cell) => cell.trim()))
}

/** Each code of the first column, in which several may share a row. */
const codesUnder = (heading: string) =>
  tableUnder(heading).flatMap(([first = '']) => [...first.matchAll(/`([^`]+)`/g)].map(([, code]) => code))

describe('errors', () => {
  test('documents every error code with its exit code and status, in the order of the code', () => {
    const documented = tableUnder('Codes').map(([code = '', exitCode, status]) => [
      code.replaceAll('`', ''),
      Number(exitCode),
      Number(status),
    ])
    const known = Object.entries(ERROR_CODES).map(([code, { exitCode, status }]) => [code, exitCode, status])
    expect(documented).toEqual(known)
  })

  test('says of every code what it means and what to do', () => {
    for (const [code, , , meaning = '', whatToDo = ''] of tableUnder('Codes')) {
      expect(meaning, code).toMatch(/^\S.{10,}\.$/)
      expect(whatToDo, code).toMatch(/^\S.{10,}\.$/)
    }
  })
})

/** Function -> which of its arguments is the code. */
type CodeArguments = Readonly<Record<string, number>>

/**
 * The codes in a source text: the values of properties called `code`, and the given arguments of the given functions.
 * A code is one or more lower-case words; both ends of a conditional count.
 */
function readCodes(text: string, codeArguments: CodeArguments): string[] {
  const codes: string[] = []
  const take = (node: ts.Node | undefined): void => {
    if (node === undefined) return
    if (ts.isStringLiteralLike(node) && /^[a-z]+(_[a-z]+)*$/.test(node.text)) codes.push(node.text)
    if (ts.isConditionalExpression(node)) {
      take(node.whenTrue)
      take(node.whenFalse)
    }
  }
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAssignment(node) && node.name.getText() === 'code') take(node.initializer)
    if (ts.isCallExpression(node)) {
      const index = codeArguments[node.expression.getText().split('.').at(-1) ?? '']
      if (index !== undefined) take(node.arguments[index])
    }
    if (ts.isVariableDeclaration(node) && /\[code: string/.test(node.type?.getText() ?? '')) readTable(node)
    ts.forEachChild(node, visit)
  }
  /** A table of `[code, ...]`. */
  const readTable = (node: ts.Node): void => {
    if (ts.isArrayLiteralExpression(node)) take(node.elements[0])
    else ts.forEachChild(node, readTable)
  }
  visit(ts.createSourceFile('source.ts', text, ts.ScriptTarget.Latest, true))
  return codes
}

function readCodesUnder(folders: readonly string[], names: RegExp, codeArguments: CodeArguments): string[] {
  const codes = folders.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile() && names.test(entry.name))
      .flatMap((entry) => readCodes(readFileSync(join(entry.parentPath, entry.name), 'utf8'), codeArguments)),
  )
  return [...new Set(codes)].sort()
}

describe('problems and notices', () => {
  test('documents every code of a problem in a sweep file, and no other', () => {
    const known = readCodesUnder(
      ['sweeps'],
      /^(config|given-configs|sweep-text|search-space|command-line).*\.ts$/,
      {
        error: 2,
        warn: 2,
        refuse: 1,
        problemAt: 2,
      },
    )
    expect(known).toContain('unknown_key')
    expect(codesUnder('Problems in a sweep file').sort()).toEqual(known)
  })

  test('documents every code of a notice, and no other', () => {
    const known = readCodesUnder(['agent', 'controller/dispatch'], /\.ts$/, { notice: 0 })
    expect(known).toContain('copy_dropped')
    expect(codesUnder('Notices').sort()).toEqual(known)
  })

  test('finds codes in calls, in properties, in both ends of a conditional and in tables', () => {
    const text = `
      problems.error(path, place, isBad ? 'bad_name' : 'no_name', 'a message')
      const problem = { isError: true, code: 'leading_zero' }
      const STARTS: Record<string, readonly [code: string, hint: string]> = { '&': ['anchor', 'hint'] }
      other(path, place, 'not_a_code')
    `
    expect(readCodes(text, { error: 2 })).toEqual(['bad_name', 'no_name', 'leading_zero', 'anchor'])
  })
})
