import type { ResourceDefinition } from './definition.ts';

type ResourceId = Pick<ResourceDefinition, 'group' | 'resource'>;

/** Which resources are written down encrypted. */
export type EncryptedResources = (resource: ResourceId) => boolean;

/**
 * The resources that are encrypted: those that say so themselves, and those named in `also` (`configmaps`,
 * `deployments.apps`). A text says what is wrong with a name.
 */
export function encryptedResources(
  definitions: Iterable<ResourceDefinition>,
  also: readonly string[],
): EncryptedResources | string {
  const stored = [...definitions].filter(({ conversion }) => conversion === undefined);
  const encrypted = new Set(stored.filter((definition) => definition.encrypted).map(qualified));
  for (const name of also) {
    const definition = stored.find((one) => qualified(one) === name);
    if (definition === undefined) return `there is no resource "${name}": name one like configmaps or deployments.apps`;
    if (definition.storage === 'latest') return `${name} keep their last value only and cannot be encrypted`;
    if (name === 'pods') return 'pods cannot be encrypted: nodes learn of theirs from the feed';
    encrypted.add(name);
  }
  return (resource) => encrypted.has(qualified(resource));
}

function qualified({ group, resource }: ResourceId): string {
  return group === '' ? resource : `${resource}.${group}`;
}
