import { describe, expect, it } from 'vitest'
import { COMPATIBILITY } from './wandb-compatibility.ts'

for (const { title, rows } of COMPATIBILITY) {
  describe(`${title}, beside W&B`, () => {
    for (const row of rows) it(`${row.verdict}: ${row.what}`, row.check)
  })
}

it('docs/wandb-compatibility.md says exactly this (vitest -u writes it)', async () => {
  await expect(renderPage()).toMatchFileSnapshot('../../../docs/wandb-compatibility.md')
})

function renderPage(): string {
  const topics = COMPATIBILITY.map(({ title, rows }) =>
    [
      `## ${title}`,
      '',
      '| | | |',
      '| --- | --- | --- |',
      ...rows.map((row) => `| ${cell(row.what)} | ${row.verdict} | ${cell(row.how)} |`),
    ].join('\n'),
  )
  return `# W&B sweep files

Every row is a test (\`test/unit/sweeps/wandb-compatibility.ts\`), and this page is made from them. Besides, all cases of
the reference vectors in \`test/vectors/wandb\` pass, but those that differ on purpose, which the tests name.

**same**: as at W&B. **better**: W&B's way is a fault or a limit. **refused**: an error that says so. **ours**: W&B has no
such thing.

${topics.join('\n\n')}
`
}

/** A parameter's shape reads as code; a bar would end the cell. */
function cell(text: string): string {
  const shown = text.startsWith('{') ? `\`${text}\`` : text
  return shown.replaceAll('|', '\\|')
}
