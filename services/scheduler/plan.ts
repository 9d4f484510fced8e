import type { Pod } from '@taffrail/resources/generated/types';
import { explain } from './explain.ts';
import type { Filter, Refusals } from './filters/filter.ts';
import { filters } from './filters/filters.ts';
import { podAffinity, type NamespaceLabels } from './filters/pod-affinity.ts';
import { scores } from './scores/scores.ts';
import type { NodeSnapshot, Snapshot } from './snapshot.ts';

/** Where a pod goes, or why it goes nowhere. */
export type Placement =
  | {
      readonly type: 'placed';
      readonly node: string;
      /** Nodes that would have done, and nodes asked. */
      readonly feasibleCount: number;
      readonly nodeCount: number;
    }
  | { readonly type: 'unschedulable'; readonly message: string };

/** Chooses a node for a pod: of those that fit, the one with the best score. Pure. */
export function place(pod: Pod, snapshot: Snapshot, labelsOf: NamespaceLabels = () => undefined): Placement {
  const affinity = podAffinity(pod, snapshot, labelsOf);
  const asked = affinity === undefined ? filters : [...filters, affinity];
  const answers = snapshot.nodes.map((node) => ({ node, refusals: refusalsOf(asked, pod, node) }));
  const feasible = answers.filter(({ refusals }) => refusals.length === 0).map(({ node }) => node);
  const best = feasible.length === 1 ? feasible[0] : bestOf(pod, feasible);
  if (best === undefined) return { type: 'unschedulable', message: explain(answers.map(({ refusals }) => refusals)) };
  return { type: 'placed', node: best.name, feasibleCount: feasible.length, nodeCount: snapshot.nodes.length };
}

/** What the first filter that refuses says. */
function refusalsOf(asked: readonly Filter[], pod: Pod, node: NodeSnapshot): Refusals {
  for (const filter of asked) {
    const refusals = filter.refusals(pod, node);
    if (refusals.length > 0) return refusals;
  }
  return [];
}

/** The node with the most points; of equals the one with the fewest pods, then by name, so that a replay chooses alike. */
function bestOf(pod: Pod, nodes: readonly NodeSnapshot[]): NodeSnapshot | undefined {
  const totals = nodes.map(() => 0);
  for (const score of scores) {
    for (const [index, points] of score.scores(pod, nodes).entries()) {
      totals[index] = (totals[index] ?? 0) + points * score.weight;
    }
  }
  const ranked = nodes.map((node, index) => ({ node, points: totals[index] ?? 0 }));
  ranked.sort(
    (a, b) => b.points - a.points || a.node.pods.length - b.node.pods.length || (a.node.name < b.node.name ? -1 : 1),
  );
  return ranked[0]?.node;
}
