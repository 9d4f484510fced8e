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

/** Sorts definitions into groups, the core group ('') first, then by name. */
export function apiGroups(definitions: readonly ServedResource[]): readonly ApiGroup[] {
  const groups = Map.groupBy(definitions, (definition) => definition.group);
  return [...groups.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, members]) => {
      const [first, ...rest] = versionsOf(name, members);
      return first === undefined ? [] : [{ name, versions: [first, ...rest] }];
    });
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
