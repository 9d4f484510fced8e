import { createHash } from 'node:crypto';
import { storageOf } from '@taffrail/resources/conversion';
import {
  isStored,
  type ResourceDefinition,
  type ServedResource,
  type SubresourceDefinition,
} from '@taffrail/resources/definition';
import type { ApiGroup, GroupVersion } from './api-groups.ts';

/** `APIVersions`: what `/api` answers. */
export function apiVersions(groups: readonly ApiGroup[], serverAddress: string): unknown {
  const core = groups.find((group) => group.name === '');
  return {
    kind: 'APIVersions',
    versions: core?.versions.map(({ version }) => version) ?? [],
    serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress }],
  };
}

/** `APIGroupList`: what `/apis` answers. */
export function apiGroupList(groups: readonly ApiGroup[]): unknown {
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups.filter((group) => group.name !== '').map(groupOf) };
}

/** `APIGroup`: what `/apis/{group}` answers. */
export function apiGroup(group: ApiGroup): unknown {
  return { kind: 'APIGroup', apiVersion: 'v1', ...groupOf(group) };
}

function groupOf(group: ApiGroup): Readonly<Record<string, unknown>> {
  const versions = group.versions.map(({ groupVersion, version }) => ({ groupVersion, version }));
  return { name: group.name, versions, preferredVersion: versions[0] };
}

/** `APIResourceList`: what `/api/v1` and `/apis/{group}/{version}` answer. */
export function apiResourceList(group: ApiGroup, { groupVersion, resources }: GroupVersion): unknown {
  return {
    kind: 'APIResourceList',
    ...(group.name === '' ? {} : { apiVersion: 'v1' }),
    groupVersion,
    resources: resources.flatMap((definition) => [
      plainResource(definition),
      ...sortedSubresources(definition).map((subresource) => plainSubresource(definition, subresource)),
    ]),
  };
}

function plainResource(definition: ServedResource): unknown {
  const { resource, singular, namespaced, kind, verbs, shortNames, categories } = definition;
  return {
    name: resource,
    singularName: singular,
    namespaced,
    kind,
    verbs: verbs.toSorted(),
    ...(shortNames.length === 0 ? {} : { shortNames }),
    ...(categories.length === 0 ? {} : { categories }),
    ...(isStored(definition) ? { storageVersionHash: storageVersionHash(definition) } : {}),
  };
}

function plainSubresource(definition: ServedResource, subresource: SubresourceDefinition): unknown {
  return {
    name: `${definition.resource}/${subresource.name}`,
    singularName: '',
    namespaced: definition.namespaced,
    ...(subresource.group === undefined ? {} : { group: subresource.group }),
    ...(subresource.version === undefined ? {} : { version: subresource.version }),
    kind: subresource.kind,
    verbs: subresource.verbs.toSorted(),
  };
}

/** Says that two servers store a resource as the same kind; derived as Kubernetes derives it. */
function storageVersionHash(definition: ResourceDefinition): string {
  const { group, version, kind } = storageOf(definition);
  return createHash('sha256').update(`${group}/${version}/${kind}`).digest().subarray(0, 8).toString('base64');
}

/** `APIGroupDiscoveryList` (`apidiscovery.k8s.io/v2`): everything below `/api` or `/apis` in one document. */
export function aggregatedDiscovery(groups: readonly ApiGroup[]): unknown {
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: 'apidiscovery.k8s.io/v2',
    metadata: {},
    items: groups.map((group) => ({
      metadata: group.name === '' ? {} : { name: group.name },
      versions: group.versions.map(({ version, resources }) => ({
        version,
        resources: resources.map(aggregatedResource),
        freshness: 'Current',
      })),
    })),
  };
}

function aggregatedResource(definition: ServedResource): unknown {
  const { resource, singular, namespaced, kind, verbs, shortNames, categories } = definition;
  const subresources = sortedSubresources(definition).map((subresource) => ({
    subresource: subresource.name,
    responseKind: { group: subresource.group ?? '', version: subresource.version ?? '', kind: subresource.kind },
    verbs: subresource.verbs.toSorted(),
  }));
  return {
    resource,
    responseKind: { group: '', version: '', kind },
    scope: namespaced ? 'Namespaced' : 'Cluster',
    singularResource: singular,
    verbs: verbs.toSorted(),
    ...(shortNames.length === 0 ? {} : { shortNames }),
    ...(categories.length === 0 ? {} : { categories }),
    ...(subresources.length === 0 ? {} : { subresources }),
  };
}

function sortedSubresources(definition: ServedResource): readonly SubresourceDefinition[] {
  return definition.subresources.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}
