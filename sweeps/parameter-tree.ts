// The parameters of a sweep as a tree of groups and leaves: what reading the file gives and everything else works with.
import type { ConfigValue } from './config-text.ts'
import type { Distribution } from './distributions.ts'

/** One parameter with a distribution. */
export interface ParameterLeaf {
  readonly kind: 'leaf'
  readonly name: string
  /** Names from the top, outermost first: a name may itself contain dots. */
  readonly names: readonly string[]
  readonly distribution: Distribution
  /** The file does not name the distribution: it follows from the keys. */
  readonly isInferred: boolean
  /** It exists while all of these hold; those of the groups around it are among them. Empty: always. */
  readonly when: readonly Condition[]
}

/** Another parameter exists and has one of these values. */
export interface Condition {
  readonly names: readonly string[]
  readonly values: readonly ConfigValue[]
}

/** A nested `parameters` block. */
export interface ParameterGroup {
  readonly kind: 'group'
  readonly name: string
  readonly names: readonly string[]
  readonly children: readonly ParameterNode[]
}
export type ParameterNode = ParameterLeaf | ParameterGroup

/** Dotted path for people: `opt.lr`. */
export function parameterPath(node: ParameterNode): string {
  return node.names.join('.')
}

/** In the order of the file. */
export function leavesOf(parameters: readonly ParameterNode[]): ParameterLeaf[] {
  return parameters.flatMap((node) => (node.kind === 'leaf' ? [node] : leavesOf(node.children)))
}
