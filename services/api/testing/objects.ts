import { metadataEnd } from '@taffrail/log/metadata-end';
import { assert } from '@taffrail/platform/assert';
import { revision, uid } from '@taffrail/platform/brand';
import { encodeObject, spliceResourceVersion } from '@taffrail/log/object-bytes';
import type { ResourceDefinition } from '@taffrail/resources/definition';
import { findResource } from '@taffrail/resources/registry';
import type { Change } from '@taffrail/state/state-machine';
import type { StoredObject } from '@taffrail/state/stored-object';

/** The definition of ConfigMaps. */
export function configMaps(): ResourceDefinition {
  const definition = findResource('', 'v1', 'configmaps');
  assert(definition !== undefined, 'configmaps are built in');
  return definition;
}

/** A stored ConfigMap of namespace `ns`. */
export function storedConfigMap(
  name: string,
  at: number,
  labels: Readonly<Record<string, string>> = {},
  data: Readonly<Record<string, string>> = {},
): StoredObject {
  const object = {
    kind: 'ConfigMap',
    apiVersion: 'v1',
    metadata: { name, namespace: 'ns', uid: `u-${name}`, labels },
    data,
  };
  const stored = encodeObject(object);
  const atRevision = revision(at);
  return {
    key: { group: '', resource: 'configmaps', namespace: 'ns', name },
    uid: uid(`u-${name}`),
    revision: atRevision,
    createdRevision: atRevision,
    stored,
    labels,
    fields: {},
    owners: [],
    deleting: false,
    body: () => spliceResourceVersion(stored, atRevision),
    object: () => ({ ...object, metadata: { ...object.metadata, resourceVersion: String(at) } }),
    contents: () => object,
    glance: () => object,
    metadataEnd: () => metadataEnd(stored),
  };
}

/** A change from `previous` to `current`. */
export function change(verb: Change['verb'], current: StoredObject, previous?: StoredObject): Change {
  return { revision: current.revision, verb, key: current.key, current, previous, timeMs: 0 };
}
