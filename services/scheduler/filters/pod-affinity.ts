import { mapMatches, selectorMatches } from '@taffrail/controller/label-selector';
import type { Pod, PodAffinityTerm } from '@taffrail/resources/generated/types';
import type { NodeSnapshot, Snapshot } from '../snapshot.ts';
import { FITS, type Filter } from './filter.ts';

/** Labels of a namespace, for terms that select namespaces by label. */
export type NamespaceLabels = (name: string) => Readonly<Record<string, string>> | undefined;

/**
 * Required affinity and anti-affinity between pods, prepared for one pod over the whole snapshot. Undefined when neither
 * the pod nor any pod already placed asks for it, which is the usual case and then costs one walk.
 */
export function podAffinity(pod: Pod, snapshot: Snapshot, labelsOf: NamespaceLabels): Filter | undefined {
  const affinity = pod.spec?.affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  const anti = pod.spec?.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  const forbidden = domainsClosedToPod(pod, snapshot, labelsOf);
  if (affinity.length === 0 && anti.length === 0 && forbidden.size === 0) return undefined;

  const wanted = affinity.map((term) => ({ term, domains: domainsOf(term, pod, snapshot, labelsOf) }));
  const avoided = anti.map((term) => ({ term, domains: domainsOf(term, pod, snapshot, labelsOf) }));
  // The first pod of a group that wants to be together finds nobody: it may go anywhere the topology exists.
  const first =
    wanted.every(({ domains }) => domains.size === 0) &&
    affinity.every((term) => termSelects(term, pod, pod, labelsOf));

  return {
    name: 'InterPodAffinity',
    refusals(_pod, node) {
      const close = wanted.every(({ term, domains }) => {
        const domain = domainOf(node, term.topologyKey);
        return domain !== undefined && (first || domains.has(domain));
      });
      if (!close) return ["node(s) didn't match pod affinity rules"];
      const apart = avoided.every(({ term, domains }) => !domains.has(domainOf(node, term.topologyKey) ?? ' '));
      if (!apart) return ["node(s) didn't match pod anti-affinity rules"];
      const closed = Object.entries(node.node.metadata.labels ?? {}).some(([key, value]) =>
        forbidden.has(`${key}=${value}`),
      );
      return closed ? ["node(s) didn't satisfy existing pods anti-affinity rules"] : FITS;
    },
  };
}

/** Domains in which a pod that is there already wants no pod like this one, as `key=value`. */
function domainsClosedToPod(pod: Pod, snapshot: Snapshot, labelsOf: NamespaceLabels): ReadonlySet<string> {
  const closed = new Set<string>();
  for (const node of snapshot.nodes) {
    for (const placed of node.pods) {
      const terms = placed.spec?.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
      for (const term of terms) {
        const value = domainOf(node, term.topologyKey);
        if (value !== undefined && termSelects(term, placed, pod, labelsOf)) closed.add(`${term.topologyKey}=${value}`);
      }
    }
  }
  return closed;
}

/** Values of the topology key where a pod stands that the term selects. */
function domainsOf(
  term: PodAffinityTerm,
  pod: Pod,
  snapshot: Snapshot,
  labelsOf: NamespaceLabels,
): ReadonlySet<string> {
  const domains = new Set<string>();
  for (const node of snapshot.nodes) {
    const domain = domainOf(node, term.topologyKey);
    if (domain !== undefined && node.pods.some((placed) => termSelects(term, pod, placed, labelsOf))) {
      domains.add(domain);
    }
  }
  return domains;
}

function domainOf(node: NodeSnapshot, topologyKey: string): string | undefined {
  return node.node.metadata.labels?.[topologyKey];
}

/** Whether a term of `owner` selects `candidate`, by namespace and labels. */
function termSelects(term: PodAffinityTerm, owner: Pod, candidate: Pod, labelsOf: NamespaceLabels): boolean {
  const namespace = candidate.metadata.namespace ?? '';
  const named = term.namespaces ?? [];
  const own = named.length === 0 && term.namespaceSelector === undefined;
  const inNamespace = own
    ? namespace === owner.metadata.namespace
    : named.includes(namespace) || selectorMatches(term.namespaceSelector, labelsOf(namespace) ?? {});
  if (!inNamespace || !selectorMatches(term.labelSelector, candidate.metadata.labels)) return false;
  const same = (term.matchLabelKeys ?? []).filter((key) => owner.metadata.labels?.[key] !== undefined);
  const different = (term.mismatchLabelKeys ?? []).filter((key) => owner.metadata.labels?.[key] !== undefined);
  return (
    mapMatches(
      Object.fromEntries(same.map((key) => [key, owner.metadata.labels?.[key] ?? ''])),
      candidate.metadata.labels,
    ) && different.every((key) => candidate.metadata.labels?.[key] !== owner.metadata.labels?.[key])
  );
}
