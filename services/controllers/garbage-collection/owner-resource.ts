import { resourceText } from '@taffrail/controller/api-path';
import { STORED_RESOURCES, type StoredResource } from '../stored-resources.ts';

const BY_KIND: ReadonlyMap<string, StoredResource> = new Map(
  STORED_RESOURCES.map((stored) => [`${stored.resource.group}/${stored.kind}`, stored]),
);
const BY_TEXT: ReadonlyMap<string, StoredResource> = new Map(
  STORED_RESOURCES.map((stored) => [resourceText(stored.resource), stored]),
);

/** The resource an owner reference points at. Versions of one kind are the same objects. */
export function ownerResource(reference: {
  readonly apiVersion: string;
  readonly kind: string;
}): StoredResource | undefined {
  const slash = reference.apiVersion.indexOf('/');
  const group = slash === -1 ? '' : reference.apiVersion.slice(0, slash);
  return BY_KIND.get(`${group}/${reference.kind}`);
}

/** A resource by its text (`deployments.apps`). */
export function storedResource(text: string): StoredResource | undefined {
  return BY_TEXT.get(text);
}
