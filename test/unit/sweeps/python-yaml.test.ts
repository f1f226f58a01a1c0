import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { ConfigNumber, parseConfigText } from '../../../sweeps/config-text.ts'
import { printPythonJson, printPythonString } from '../../../sweeps/python-text.ts'
import { printPythonYaml } from '../../../sweeps/python-yaml.ts'

const { cases } = JSON.parse(
  readFileSync(new URL('../../vectors/python/dumps.json', import.meta.url), 'utf8'),
) as { cases: { config: string; yaml: string; json: string }[] }

describe('configs as Python writes them', () => {
  it('are the same as PyYAML, byte for byte', () => {
    for (const { config, yaml } of cases) expect(printPythonYaml(parseConfigText(config)), config).toBe(yaml)
  })

  it('are the same as json.dumps, byte for byte', () => {
    for (const { config, json } of cases) expect(printPythonJson(parseConfigText(config)), config).toBe(json)
  })

  it('print non-finite numbers as each format has them', () => {
    const config = parseConfigText('{"a":NaN,"b":[Infinity,-Infinity]}')
    expect(printPythonYaml(config)).toBe('a: .nan\nb:\n- .inf\n- -.inf\n')
    expect(printPythonJson(config)).toBe('{"a": NaN, "b": [Infinity, -Infinity]}')
    expect(printPythonString(ConfigNumber.float(-Infinity))).toBe('-inf')
  })
})
