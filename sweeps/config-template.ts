// The texts of many configs of one space: everything but the values is prepared once. It gives exactly what
// writeConfigText and hashConfig of config-text.ts give of the composed config (test/unit/sweeps/config-template.test.ts),
// several times as fast: what a random proposal costs is mostly this text (docs/benchmarks.md).
import { hashIdentity } from './config-hash.ts'
import { ConfigNumber, canonicalText, identityOf, writeConfigText } from './config-text.ts'
import type { ConfigValue } from './config-text.ts'
import { orderForConfig } from './compose-config.ts'
import type { ParameterLeaf, ParameterNode } from './parameter-tree.ts'

export interface RenderedConfig {
  /** JSON text. */
  readonly text: string
  /** As hashConfig. */
  readonly hash: string
}

/**
 * @param parameters all of which exist in every config
 * @param indexOf of a leaf's value among those that are rendered; constants have none
 */
export function createConfigTemplate(
  parameters: readonly ParameterNode[],
  indexOf: (leaf: ParameterLeaf) => number,
): (values: readonly ConfigValue[]) => RenderedConfig {
  const text = new Template(indexOf, (_leaf, value) => writeConfigText(value))
  text.addMap(orderForConfig(parameters))
  const identity = new Template(indexOf, (leaf, value) =>
    leaf.names.length === 1 ? identityOf(value) : canonicalText(value),
  )
  identity.addMembers(sortedByName(parameters))
  const topLevel = new Set(parameters.flatMap((node) => (node.kind === 'leaf' ? [indexOf(node)] : [])))
  // Without groups both have one order: then the text between its braces is the identity
  const isTextIdentity = text.outline === `{${identity.outline}}`
  const words = new Map<string, string>() // no more than the space has
  const write = (value: ConfigValue): string => {
    if (typeof value !== 'string') return writeConfigText(value)
    const known = words.get(value)
    if (known !== undefined) return known
    const written = writeConfigText(value)
    words.set(value, written)
    return written
  }
  return (values) => {
    const texts: string[] = []
    let areIdentities = true
    for (const value of values) {
      texts.push(write(value))
      areIdentities &&= isOwnIdentity(value)
    }
    const written = text.render(texts)
    if (areIdentities && isTextIdentity) return { text: written, hash: hashIdentity(written.slice(1, -1)) }
    const identities = texts.map((own, index) => {
      const value = values[index] ?? null
      if (isOwnIdentity(value)) return own
      return topLevel.has(index) ? identityOf(value) : canonicalText(value)
    })
    return { text: written, hash: hashIdentity(identity.render(identities)) }
  }
}

/** Whether a value's identity is its text, wherever it stands. */
function isOwnIdentity(value: ConfigValue): boolean {
  if (value instanceof ConfigNumber) return value.isInteger || !Number.isInteger(value.value)
  return typeof value !== 'object' || value === null
}

/** Literal text with places for values between: literal, value, literal, value, ..., literal. */
class Template {
  readonly #literals: string[] = ['']
  readonly #indexes: number[] = []

  constructor(
    private readonly indexOf: (leaf: ParameterLeaf) => number,
    private readonly writeConstant: (leaf: ParameterLeaf, value: ConfigValue) => string,
  ) {}

  addMap(nodes: readonly ParameterNode[]): void {
    this.#addText('{')
    this.addMembers(nodes)
    this.#addText('}')
  }

  addMembers(nodes: readonly ParameterNode[]): void {
    for (const [at, node] of nodes.entries()) {
      this.#addText(`${at === 0 ? '' : ','}${JSON.stringify(node.name)}:`)
      if (node.kind === 'group') this.addMap(node.children)
      else if (node.distribution.name === 'constant')
        this.#addText(this.writeConstant(node, node.distribution.value))
      else {
        this.#indexes.push(this.indexOf(node))
        this.#literals.push('')
      }
    }
  }

  #addText(text: string): void {
    this.#literals[this.#literals.length - 1] += text
  }

  /** Literals, and the numbers of the values between them. JSON text has no \0 of its own. */
  get outline(): string {
    const [first = '', ...others] = this.#literals
    return first + others.map((literal, at) => `\0${this.#indexes[at] ?? -1}\0${literal}`).join('')
  }

  render(texts: readonly string[]): string {
    const parts = this.#literals.slice(0, 1)
    for (let at = 0; at < this.#indexes.length; at++)
      parts.push(texts[this.#indexes[at] ?? -1] ?? '', this.#literals[at + 1] ?? '')
    return parts.join('') // one flat string: a chain of additions leaves a tree for the garbage collector
  }
}

/** Names sorted at every level, groups among them: the order of an identity. */
function sortedByName(nodes: readonly ParameterNode[]): ParameterNode[] {
  return [...nodes]
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
    .map((node) => (node.kind === 'group' ? { ...node, children: sortedByName(node.children) } : node))
}
