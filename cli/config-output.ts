// A run's config for other programs: as arguments, as shell variables, as YAML. Numbers stay as written.
import {
  ConfigNumber,
  isConfigList,
  isConfigMap,
  parseConfigText,
  writeConfigText,
} from '../sweeps/config-text.ts'
import type { ConfigValue } from '../sweeps/config-text.ts'
import { buildCommandLine } from '../sweeps/command-line.ts'
import { flattenConfig, formatConfigValue } from './show-values.ts'

/**
 * `--lr=0.00073 --bs=64`: what `${args}` of a sweep's command becomes.
 * @param groups paths of the sweep's nested parameters blocks, whose values are dotted flags
 */
export function configAsArguments(configText: string, groups: readonly (readonly string[])[]): string {
  const { argv } = buildCommandLine({
    command: ['${args}'],
    program: null,
    configText,
    runId: 'run1',
    sweepId: 'swp1',
    cwd: '<CWD>',
    envvar: () => undefined,
    groups,
  })
  return argv.join(' ')
}

/** `lr='0.00073'`, a line each: names keep letters, digits and underscores, other characters become underscores. */
export function configAsEnvironment(configText: string): string {
  return flattenConfig(configText)
    .map(([name, value]) => {
      const variable = name.replace(/[^A-Za-z0-9_]/g, '_').replace(/^(?=\d)/, '_')
      return `${variable}='${formatConfigValue(value).replaceAll("'", `'\\''`)}'`
    })
    .join('\n')
}

/** Block YAML that YAML 1.1 and 1.2 readers take alike. */
export function configAsYaml(configText: string): string {
  const lines: string[] = []
  const write = (value: ConfigValue, margin: string): void => {
    if (!isConfigMap(value)) return
    for (const [key, inner] of value) {
      const name = /^[A-Za-z_][\w.-]*$/.test(key) && !isYamlWord(key) ? key : JSON.stringify(key)
      if (isConfigMap(inner) && inner.size > 0) {
        lines.push(`${margin}${name}:`)
        write(inner, `${margin}  `)
      } else lines.push(`${margin}${name}: ${yamlScalar(inner)}`)
    }
  }
  const config = parseConfigText(configText)
  if (config.size === 0) return '{}\n'
  write(config, '')
  return `${lines.join('\n')}\n`
}

function yamlScalar(value: ConfigValue): string {
  if (value instanceof ConfigNumber) {
    if (Number.isNaN(value.value)) return '.nan'
    if (!Number.isFinite(value.value)) return value.value > 0 ? '.inf' : '-.inf'
    // YAML 1.1 reads 1e-05 as a string: it wants a point in every float.
    return value.text.replace(/^(-?\d+)e/, '$1.0e')
  }
  if (typeof value === 'string')
    return /^[A-Za-z][\w./-]*$/.test(value) && !isYamlWord(value) ? value : JSON.stringify(value)
  if (isConfigList(value)) return `[${value.map(yamlScalar).join(', ')}]`
  if (isConfigMap(value))
    return `{${[...value].map(([key, inner]) => `${JSON.stringify(key)}: ${yamlScalar(inner)}`).join(', ')}}`
  return writeConfigText(value)
}

/** Words that YAML 1.1 or 1.2 reads as something other than a string. */
function isYamlWord(text: string): boolean {
  return /^(?:true|false|yes|no|on|off|null|y|n)$/i.test(text)
}
