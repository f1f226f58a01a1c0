// A sweep's command with its macros -> the argument vector, environment and files of one run, as W&B's agent makes
// them. Pure; no shell ever sees a value. Differences from W&B: macros work inside longer words, `${PARAMETER}` is a
// macro, mappings and lists print as JSON, nested groups become dotted flags, and an environment variable is read at
// each start.
import { ConfigNumber, isConfigMap, parseConfigText } from './config-text.ts'
import type { ConfigMap, ConfigValue } from './config-text.ts'
import { SweepError } from './errors.ts'
import { printPythonJson, printPythonString } from './python-text.ts'
import { printPythonYaml } from './python-yaml.ts'

export interface CommandLineOptions {
  /** The sweep's `command`, defaults filled in. */
  readonly command: readonly string[]
  readonly program: string | null
  readonly configText: string
  readonly runId: string
  readonly sweepId: string
  /** The agent's working directory. */
  readonly cwd: string
  readonly envvar: (name: string) => string | undefined
  /**
   * Paths of the nested `parameters` blocks: their values become dotted flags, `--opt.lr=0.1`. A mapping that is not
   * listed is one value, in JSON.
   * @default every mapping counts as a nested block: without the file the two look alike, and blocks are common
   */
  readonly groups?: readonly (readonly string[])[]
  /**
   * Dotted paths of the parameters that do not exist in every config (`when`): a word with the macro of one that is
   * not there is left out.
   * @default none
   */
  readonly conditional?: readonly string[]
}

export interface CommandLine {
  readonly argv: string[]
  /** Added to the environment. */
  readonly env: Record<string, string>
  /** To be written before the start: content by path, relative to `cwd` unless absolute. */
  readonly files: Record<string, string>
  readonly warnings: string[]
}

/** Macros that give any number of words, and stand alone in theirs. */
const LIST_MACROS = [
  'args',
  'args_no_hyphens',
  'args_no_boolean_flags',
  'args_no_equals',
  'args_append_hydra',
  'args_override_hydra',
  'args_dict',
]
/** Macros that give one word, and work inside a longer one too. */
const WORD_MACROS = ['env', 'interpreter', 'program', 'args_json', 'args_json_file']
const ENVVAR = /\$\{envvar:([A-Z0-9_]*)\}/g
const MACRO = /\$\{([^{}]*)\}/g

/** @throws SweepError CONFIG_INVALID when ${program} is used and there is none, or a word holds a NUL character */
export function buildCommandLine(options: CommandLineOptions): CommandLine {
  const wandbDir = options.envvar('WANDB_DIR') || options.cwd
  const folder = `${wandbDir}/wandb/sweep-${options.sweepId}`
  const relative = wandbDir === options.cwd ? `wandb/sweep-${options.sweepId}` : folder
  const builder = new ArgumentBuilder(options, `${folder}/config-${options.runId}.json`)
  const argv = options.command.flatMap((word) => builder.expand(word))
  for (const [index, word] of argv.entries()) {
    if (word.includes('\0')) {
      throw new SweepError('CONFIG_INVALID', `command word ${index + 1} holds a NUL character`, {
        hint: 'No program can be given one: remove it from the value.',
      })
    }
  }
  const files: Record<string, string> = {}
  if (builder.usesJsonFile)
    files[`${relative}/config-${options.runId}.json`] = printPythonJson(builder.config)
  files[`${relative}/config-${options.runId}.yaml`] = sweepParameterFile(builder.config)
  return {
    argv,
    env: {
      WANDB_SWEEP_ID: options.sweepId,
      WANDB_DIR: wandbDir,
      WANDB_RUN_ID: options.runId,
      WANDB_SWEEP_PARAM_PATH: `${folder}/config-${options.runId}.yaml`,
    },
    files,
    warnings: builder.warnings,
  }
}

/** The file that wandb.init merges over the script's own config. */
function sweepParameterFile(config: ConfigMap): string {
  const wrapped = new Map([...config].map(([name, value]) => [name, new Map([['value', value]])]))
  return `wandb_version: 1\n\n${config.size === 0 ? '{}\n' : printPythonYaml(wrapped)}`
}

/** Does the command need this macro's value? */
export function commandUses(command: readonly string[], macro: string): boolean {
  return command.some((word) => word.includes(`\${${macro}}`))
}

/** Macros in a word that nothing would expand. @param parameters dotted paths */
export function findUnknownMacros(
  word: string,
  parameters: readonly string[],
): { readonly name: string; readonly isWholeWord: boolean; readonly known: readonly string[] }[] {
  const isWhole = isWholeMacro(word)
  const known = [...LIST_MACROS, ...WORD_MACROS, ...parameters]
  // What an environment variable holds is not known before the start
  const rest = word.replace(ENVVAR, '')
  return [...rest.matchAll(MACRO)].flatMap(([, name = '']) => {
    const isKnown =
      WORD_MACROS.includes(name) || parameters.includes(name) || (isWhole && LIST_MACROS.includes(name))
    return isKnown ? [] : [{ name, isWholeWord: isWhole, known }]
  })
}

function isWholeMacro(word: string): boolean {
  return /^\$\{[^{}]*\}$/.test(word)
}

class ArgumentBuilder {
  readonly config: ConfigMap
  readonly warnings: string[] = []
  usesJsonFile = false
  /** null: every mapping. */
  private readonly groups: ReadonlySet<string> | null

  constructor(
    private readonly options: CommandLineOptions,
    private readonly jsonFile: string,
  ) {
    this.config = parseConfigText(options.configText)
    this.groups =
      options.groups === undefined ? null : new Set(options.groups.map((names) => names.join('\n')))
  }

  /** Environment variables first (what they hold may be a macro), then macros, once: values are never expanded. */
  expand(word: string): string[] {
    const template = word.replace(ENVVAR, (_, name: string) => this.environmentValue(name))
    const macros = [...template.matchAll(MACRO)].map(([, name = '']) => name)
    if (macros.some((name) => this.isAbsent(name))) return []
    if (!isWholeMacro(template))
      return [template.replace(MACRO, (whole, name: string) => this.word(name) ?? whole)]
    const name = template.slice(2, -1)
    const words = this.listOf(name)
    if (words !== null) return words
    const single = this.word(name)
    if (single !== null) return [single]
    this.warnings.push(`${template} is not a known macro: left out`)
    return []
  }

  /** A conditional parameter that this config does not have. */
  private isAbsent(name: string): boolean {
    const isConditional = this.options.conditional?.includes(name) ?? false
    return isConditional && !this.flags().some(([path]) => path === name)
  }

  private environmentValue(name: string): string {
    const value = this.options.envvar(name)
    if (value !== undefined) return value
    this.warnings.push(`environment variable ${name} is not set: its bare name is used`)
    return name
  }

  private word(name: string): string | null {
    switch (name) {
      case 'env':
        return '/usr/bin/env'
      case 'interpreter':
        return 'python'
      case 'program':
        return this.program()
      case 'args_json':
        return printPythonJson(this.config)
      case 'args_json_file':
        this.usesJsonFile = true
        return this.jsonFile
      default: {
        const flag = this.flags().find(([path]) => path === name)
        return flag === undefined ? null : printPythonString(flag[1])
      }
    }
  }

  private program(): string {
    if (this.options.program !== null) return this.options.program
    throw new SweepError('CONFIG_INVALID', 'the command uses ${program}, and no program is given', {
      at: 'program',
      hint: 'Add program: train.py, or write the whole command.',
    })
  }

  private listOf(name: string): string[] | null {
    switch (name) {
      case 'args':
        return this.flags().map(([path, value]) => `--${path}=${printPythonString(value)}`)
      case 'args_no_hyphens':
        return this.flags().map(([path, value]) => `${path}=${printPythonString(value)}`)
      case 'args_no_boolean_flags':
        return this.flags().flatMap(([path, value]) => {
          if (value === false) return []
          return [value === true ? `--${path}` : `--${path}=${printPythonString(value)}`]
        })
      case 'args_no_equals':
        return this.flags().flatMap(([path, value]) => [`--${path}`, printPythonString(value)])
      case 'args_append_hydra':
        return this.flags().map(([path, value]) => `+${path}=${printPythonString(value)}`)
      case 'args_override_hydra':
        return this.flags().map(([path, value]) => `++${path}=${printPythonString(value)}`)
      case 'args_dict':
        return [...this.config.keys()]
      default:
        return null
    }
  }

  /** Name and value of each flag, in the order of the config. */
  private flags(): (readonly [path: string, value: ConfigValue])[] {
    return this.flagsInside(this.config, [])
  }

  private flagsInside(map: ConfigMap, parents: readonly string[]): (readonly [string, ConfigValue])[] {
    return [...map].flatMap(([name, value]) => {
      const names = [...parents, name]
      const isMap =
        value !== null && typeof value === 'object' && !(value instanceof ConfigNumber) && isConfigMap(value)
      const isGroup = isMap && (this.groups === null ? value.size > 0 : this.groups.has(names.join('\n')))
      if (isGroup) return this.flagsInside(value, names)
      return [[names.join('.'), value] as const]
    })
  }
}
