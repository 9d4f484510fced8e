import type { Path } from '../validation/field.ts';

/** Labels of nodes that have another name today, or no meaning, with what is said of each. */
const DEPRECATED: Readonly<Record<string, string>> = {
  'beta.kubernetes.io/arch': 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  'beta.kubernetes.io/os': 'deprecated since v1.14; use "kubernetes.io/os" instead',
  'failure-domain.beta.kubernetes.io/region': 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  'failure-domain.beta.kubernetes.io/zone': 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  'beta.kubernetes.io/instance-type': 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
  'app.kubernetes.io/created-by': 'deprecated since v1.9',
  'scheduler.alpha.kubernetes.io/preferAvoidPods': 'deprecated since v1.22; use Taints and Tolerations instead',
  'node-role.kubernetes.io/master': 'use "node-role.kubernetes.io/control-plane" instead',
};

/** What is said of a label of nodes that should not be used any more; undefined for every other. */
export function deprecatedNodeLabel(label: string): string | undefined {
  return Object.hasOwn(DEPRECATED, label) ? DEPRECATED[label] : undefined;
}

/** The name such a label has today, where it has one. */
export function newNodeLabel(label: string): string | undefined {
  return /; use "([^"]+)" instead$/.exec(deprecatedNodeLabel(label) ?? '')?.[1];
}

/** A warning where such a label stands. */
export function oldNodeLabel(label: string, path: Path): readonly string[] {
  const why = deprecatedNodeLabel(label);
  return why === undefined ? [] : [`${path}: ${why}`];
}
