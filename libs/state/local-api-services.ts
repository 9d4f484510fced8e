import { compareVersions, groupPlace } from '@taffrail/resources/api-order';
import type { ServedResource } from '@taffrail/resources/definition';
import type { JsonObject } from '@taffrail/resources/json';

/** An APIService for each group and version that this server answers itself, as `kubectl get apiservices` lists them. */
export function localApiServices(served: readonly ServedResource[]): readonly JsonObject[] {
  const groups = Map.groupBy(served, ({ group }) => group);
  return [...groups].flatMap(([group, members]) => {
    const versions = [...new Set(members.map(({ version }) => version))].toSorted((a, b) => compareVersions(b, a));
    return versions.map((version, place) => localApiService(group, version, place));
  });
}

/** Higher comes first: groups in the order of discovery, and a group's versions the preferred one first. */
const HIGHEST_GROUP = 18_000;
const GROUP_STEP = 100;
const LOWEST_VERSION = 10;

function localApiService(group: string, version: string, place: number): JsonObject {
  return {
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: {
      name: `${version}.${group}`,
      labels: { 'kube-aggregator.kubernetes.io/automanaged': 'onstart' },
    },
    spec: {
      ...(group === '' ? {} : { group }),
      version,
      groupPriorityMinimum: HIGHEST_GROUP - GROUP_STEP * groupPlace(group),
      versionPriority: LOWEST_VERSION + place,
    },
  };
}
