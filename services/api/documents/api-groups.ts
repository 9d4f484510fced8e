import type { ServedResource } from '@taffrail/resources/definition';
import { apiVersionOf } from '@taffrail/resources/object';

/** One version of a group and its resources, in name order. */
export interface GroupVersion {
  readonly version: string;
  readonly groupVersion: string;
  readonly resources: readonly ServedResource[];
}

/** A group with its versions, the preferred one first. */
export interface ApiGroup {
  readonly name: string;
  readonly versions: readonly [GroupVersion, ...GroupVersion[]];
}

/**
 * Kubernetes' order of its own groups. Clients that look for a resource by its short name take the first group that has it.
 * Groups it does not know come behind, by name.
 */
const ORDER: readonly string[] = [
  '',
  'apiregistration.k8s.io',
  'apps',
  'events.k8s.io',
  'authentication.k8s.io',
  'authorization.k8s.io',
  'autoscaling',
  'batch',
  'certificates.k8s.io',
  'networking.k8s.io',
  'policy',
  'rbac.authorization.k8s.io',
  'storage.k8s.io',
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'scheduling.k8s.io',
  'coordination.k8s.io',
  'node.k8s.io',
  'discovery.k8s.io',
  'resource.k8s.io',
  'flowcontrol.apiserver.k8s.io',
  'internal.apiserver.k8s.io',
  'storagemigration.k8s.io',
];

/** Sorts definitions into groups, in the order discovery lists them. */
export function apiGroups(definitions: readonly ServedResource[]): readonly ApiGroup[] {
  const groups = Map.groupBy(definitions, (definition) => definition.group);
  return [...groups.entries()]
    .sort(([a], [b]) => placeOf(a) - placeOf(b) || (a < b ? -1 : 1))
    .flatMap(([name, members]) => {
      const [first, ...rest] = versionsOf(name, members);
      return first === undefined ? [] : [{ name, versions: [first, ...rest] }];
    });
}

function placeOf(group: string): number {
  const at = ORDER.indexOf(group);
  return at < 0 ? ORDER.length : at;
}

function versionsOf(group: string, members: readonly ServedResource[]): readonly GroupVersion[] {
  return [...Map.groupBy(members, (definition) => definition.version).entries()]
    .sort(([a], [b]) => compareVersions(a, b))
    .map(([version, resources]) => ({
      version,
      groupVersion: apiVersionOf(group, version),
      resources: resources.toSorted((a, b) => (a.resource < b.resource ? -1 : 1)),
    }));
}

/** Kubernetes' order of versions: stable before beta before alpha, higher numbers first. */
function compareVersions(a: string, b: string): number {
  const [stageA, majorA, minorA] = rank(a);
  const [stageB, majorB, minorB] = rank(b);
  return stageB - stageA || majorB - majorA || minorB - minorA || (a < b ? -1 : 1);
}

function rank(version: string): readonly [stage: number, major: number, minor: number] {
  const match = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version);
  if (match === null) return [0, 0, 0];
  const stage = match[2] === undefined ? 3 : match[2] === 'beta' ? 2 : 1;
  return [stage, Number(match[1]), Number(match[3] ?? 0)];
}
