import type { ServedResource } from '@taffrail/resources/definition';
import { compareGroups, compareVersions } from '@taffrail/resources/api-order';
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

/** Sorts definitions into groups, in the order discovery lists them. */
export function apiGroups(definitions: readonly ServedResource[]): readonly ApiGroup[] {
  const groups = Map.groupBy(definitions, (definition) => definition.group);
  return [...groups.entries()]
    .sort(([a], [b]) => compareGroups(a, b))
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
