import type { KubeObject } from '@taffrail/resources/object';
import type { ViewIndex } from './controller.ts';

/** The objects of one resource with their indexes. Not a view itself: the one mutable part behind it. */
export interface ObjectStore {
  get(namespace: string, name: string): KubeObject | undefined;
  /** In key order; of all namespaces when `namespace` is undefined. The array is shared until the next change. */
  list(namespace: string | undefined): readonly KubeObject[];
  ownedBy(uid: string): readonly KubeObject[];
  indexed(index: string, value: string): readonly KubeObject[];
  put(object: KubeObject): KubeObject | undefined;
  remove(namespace: string, name: string): KubeObject | undefined;
  readonly size: number;
}

const OWNERS = ' owners';
const NAMESPACES = ' namespaces';

/** An empty store with the given indexes (of this resource). */
export function objectStore(indexes: readonly ViewIndex[]): ObjectStore {
  const objects = new Map<string, KubeObject>();
  const tables = new Map<string, Map<string, Map<string, KubeObject>>>([
    [NAMESPACES, new Map()],
    [OWNERS, new Map()],
    ...indexes.map((index) => [index.name, new Map()] as const),
  ]);
  /** Sorted lists handed out since the last change of their part. */
  const sorted = new Map<string, readonly KubeObject[]>();

  const valuesIn = (table: string, object: KubeObject): readonly string[] => {
    if (table === NAMESPACES) return [object.metadata.namespace ?? ''];
    if (table === OWNERS) return (object.metadata.ownerReferences ?? []).map((owner) => owner.uid);
    return indexes.find((index) => index.name === table)?.values(object) ?? [];
  };

  const unindex = (key: string, object: KubeObject): void => {
    for (const [name, table] of tables) {
      for (const value of valuesIn(name, object)) {
        const bucket = table.get(value);
        bucket?.delete(key);
        if (bucket?.size === 0) table.delete(value);
        sorted.delete(`${name}\n${value}`);
      }
    }
    sorted.delete('');
  };

  const index = (key: string, object: KubeObject): void => {
    for (const [name, table] of tables) {
      for (const value of valuesIn(name, object)) {
        let bucket = table.get(value);
        if (bucket === undefined) table.set(value, (bucket = new Map()));
        bucket.set(key, object);
        sorted.delete(`${name}\n${value}`);
      }
    }
    sorted.delete('');
  };

  const bucketList = (table: string, value: string): readonly KubeObject[] => {
    const cacheKey = `${table}\n${value}`;
    const cached = sorted.get(cacheKey);
    if (cached !== undefined) return cached;
    const bucket = tables.get(table)?.get(value);
    if (bucket === undefined) return [];
    const list = inKeyOrder(bucket);
    sorted.set(cacheKey, list);
    return list;
  };

  return {
    get: (namespace, name) => objects.get(storeKey(namespace, name)),
    list(namespace) {
      if (namespace !== undefined) return bucketList(NAMESPACES, namespace);
      let all = sorted.get('');
      if (all === undefined) sorted.set('', (all = inKeyOrder(objects)));
      return all;
    },
    ownedBy: (uid) => bucketList(OWNERS, uid),
    indexed: (name, value) => bucketList(name, value),
    put(object) {
      const key = storeKey(object.metadata.namespace ?? '', object.metadata.name ?? '');
      const previous = objects.get(key);
      if (previous !== undefined) unindex(key, previous);
      objects.set(key, object);
      index(key, object);
      return previous;
    },
    remove(namespace, name) {
      const key = storeKey(namespace, name);
      const previous = objects.get(key);
      if (previous !== undefined) unindex(key, previous);
      objects.delete(key);
      return previous;
    },
    get size() {
      return objects.size;
    },
  };
}

function storeKey(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}

function inKeyOrder(objects: ReadonlyMap<string, KubeObject>): readonly KubeObject[] {
  const entries = [...objects];
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([, object]) => object);
}
