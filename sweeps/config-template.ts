// The texts of many configs of one space: everything but the values is prepared once. It gives exactly what
// writeConfigText and hashConfig of config-text.ts give of the composed config (test/unit/sweeps/config-template.test.ts),
// several times as fast: what a random proposal costs is mostly this text (docs/benchmarks.md).
import { ConfigNumber, canonicalText, hashIdentity, identityOf, writeConfigText } from './config-text.ts'
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
  return (values) => {
    const texts = values.map(writeConfigText)
    const identities = texts.map((written, index) => {
      const value = values[index] ?? null
      const isSame = typeof value !== 'object' || value === null || isPlainFloat(value)
      if (isSame) return written
      return topLevel.has(index) ? identityOf(value) : canonicalText(value)
    })
    return { text: text.render(texts), hash: hashIdentity(identity.render(identities)) }
  }
}

/** A number whose identity is its text, wherever it stands. */
function isPlainFloat(value: ConfigValue): boolean {
  return value instanceof ConfigNumber && (value.isInteger || !Number.isInteger(value.value))
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
