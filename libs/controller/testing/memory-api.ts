import { revision, type Revision } from '@taffrail/platform/brand';
import { rfc3339Seconds, type Clock } from '@taffrail/platform/clock';
import { newUid, nameSuffix, seededRandom } from '@taffrail/platform/random';
import { isJsonObject, type JsonObject } from '@taffrail/resources/json';
import type { KubeObject } from '@taffrail/resources/object';
import { ApiFailure, type ApiClient, type ResourceName, type WatchEvent, type WriteCause } from '../api-client.ts';
import { resourceText } from '../api-path.ts';
import { resourceOf } from './resource-of.ts';

/** A write as it reached the API. */
export interface MemoryWrite {
  readonly verb: 'create' | 'update' | 'patch' | 'delete' | 'delete-collection';
  readonly resource: string;
  readonly name: string;
  readonly subresource: string;
  readonly cause: WriteCause | undefined;
}

/**
 * A Kubernetes API small enough for unit tests: optimistic concurrency, generation, status subresource, finalizers, grace
 * of bound pods, bindings and ordered watches, in memory. What defaults and validation do is left out on purpose.
 */
export interface MemoryApi extends ApiClient {
  /** Puts an object there as it is, as if another client had written it. */
  put(object: KubeObject): KubeObject;
  find<T = KubeObject>(resource: ResourceName, namespace: string, name: string): T | undefined;
  all<T = KubeObject>(resource: ResourceName): readonly T[];
  remove(resource: ResourceName, namespace: string, name: string): void;
  readonly writes: readonly MemoryWrite[];
  /** Called before each write; what it throws is the answer. */
  onWrite: ((write: MemoryWrite) => void) | undefined;
  /** While true, watches deliver nothing: views stand still. */
  held: boolean;
}

interface Logged {
  readonly resource: string;
  readonly at: Revision;
  readonly event: WatchEvent<KubeObject>;
}

const NAMESPACES: ResourceName = Object.freeze({ group: '', version: 'v1', resource: 'namespaces' });

export function memoryApi(clock: Clock, seed = 1): MemoryApi {
  const random = seededRandom(seed);
  const objects = new Map<string, KubeObject>();
  const log: Logged[] = [];
  const writes: MemoryWrite[] = [];
  let at = revision(1024);
  let wake: (() => void)[] = [];
  let held = false;
  /** Namespaces that were deleted: nothing is created there any more. */
  const ended = new Set<string>();

  const key = (resource: ResourceName, namespace: string, name: string): string =>
    `${resourceText(resource)}/${namespace}/${name}`;
  const notify = (): void => {
    const sleepers = wake;
    wake = [];
    for (const resolve of sleepers) resolve();
  };
  const commit = (resource: ResourceName, type: WatchEvent<KubeObject>['type'], object: KubeObject): KubeObject => {
    at = revision(at + 1024);
    const stored = withMetadata(object, { resourceVersion: String(at) });
    const place = key(resource, object.metadata.namespace ?? '', object.metadata.name ?? '');
    if (type === 'DELETED') objects.delete(place);
    else objects.set(place, stored);
    if (type === 'DELETED' && resource.resource === NAMESPACES.resource) ended.add(object.metadata.name ?? '');
    log.push({ resource: resourceText(resource), at, event: { type, object: stored } });
    if (!held) notify();
    return stored;
  };
  const existing = (resource: ResourceName, namespace: string, name: string): KubeObject => {
    const found = objects.get(key(resource, namespace, name));
    if (found === undefined) throw new ApiFailure(404, 'NotFound', `${resourceText(resource)} "${name}" not found`);
    return found;
  };
  const begin = (write: MemoryWrite): void => {
    api.onWrite?.(write);
    writes.push(write);
  };

  /** Stores the successor of an object; it goes away when its end no longer waits for anything. */
  const replace = (resource: ResourceName, before: KubeObject, next: KubeObject, subresource: string): KubeObject => {
    const wanted = next.metadata.resourceVersion;
    if (wanted !== undefined && wanted !== before.metadata.resourceVersion) {
      throw new ApiFailure(
        409,
        'Conflict',
        `Operation cannot be fulfilled on ${resourceText(resource)} "${before.metadata.name}": the object has been modified; please apply your changes to the latest version and try again`,
      );
    }
    const whole: KubeObject =
      subresource === 'status' && next['status'] !== undefined
        ? withMetadata({ ...before, status: next['status'] }, { annotations: next.metadata.annotations })
        : before['status'] === undefined
          ? next
          : { ...next, status: before['status'] };
    const changed = JSON.stringify(whole['spec']) !== JSON.stringify(before['spec']);
    const generation = (before.metadata.generation ?? 1) + (changed ? 1 : 0);
    const object = withMetadata(whole, {
      uid: before.metadata.uid,
      creationTimestamp: before.metadata.creationTimestamp,
      deletionTimestamp: before.metadata.deletionTimestamp,
      generation,
    });
    if (same(object, before)) return before;
    const gone = object.metadata.deletionTimestamp !== undefined && waitsForNothing(object);
    return commit(resource, gone ? 'DELETED' : 'MODIFIED', object);
  };

  const remove = (resource: ResourceName, object: KubeObject, options: JsonObject): void => {
    const preconditions = isJsonObject(options['preconditions']) ? options['preconditions'] : {};
    if (preconditions['uid'] !== undefined && preconditions['uid'] !== object.metadata.uid) {
      throw new ApiFailure(409, 'Conflict', `the UID in the precondition does not match ${object.metadata.uid}`);
    }
    const policy = options['propagationPolicy'];
    const finalizers = [...(object.metadata.finalizers ?? [])];
    if (policy === 'Foreground') finalizers.push('foregroundDeletion');
    if (policy === 'Orphan') finalizers.push('orphan');
    const grace = graceOf(resource, object, options);
    const namespaceFinalizers = resource.resource === 'namespaces';
    if (finalizers.length === 0 && grace === 0 && !namespaceFinalizers) {
      commit(resource, 'DELETED', object);
      return;
    }
    const deletionTimestamp = object.metadata.deletionTimestamp ?? rfc3339Seconds(clock.nowMs() + grace * 1000);
    const ending = withMetadata(object, { deletionTimestamp, deletionGracePeriodSeconds: grace, finalizers });
    if (!same(ending, object)) commit(resource, 'MODIFIED', ending);
  };

  const api: MemoryApi = {
    writes,
    onWrite: undefined,
    get held() {
      return held;
    },
    set held(value) {
      held = value;
      if (!value) notify();
    },
    put(object) {
      const resource = resourceOf(object);
      const { namespace = '', name = '' } = object.metadata;
      const before = objects.get(key(resource, namespace, name));
      return commit(resource, before === undefined ? 'ADDED' : 'MODIFIED', fresh(object, before));
    },
    find: <T>(resource: ResourceName, namespace: string, name: string) =>
      objects.get(key(resource, namespace, name)) as T | undefined,
    all: <T>(resource: ResourceName) =>
      [...objects].filter(([place]) => place.startsWith(`${resourceText(resource)}/`)).map(([, object]) => object as T),
    remove(resource, namespace, name) {
      commit(resource, 'DELETED', existing(resource, namespace, name));
    },
    get: async <T>(resource: ResourceName, namespace: string, name: string) => existing(resource, namespace, name) as T,
    list: async <T>(resource: ResourceName) => ({ revision: at, items: api.all<T>(resource) }),
    async *watch<T>(
      resource: ResourceName,
      _namespace: string,
      query: Readonly<Record<string, string>>,
      signal: AbortSignal,
    ) {
      let seen = Number(query['resourceVersion'] ?? 0);
      let index = log.findIndex((entry) => entry.at > seen);
      if (index === -1) index = log.length;
      signal.addEventListener('abort', notify, { once: true });
      while (!signal.aborted) {
        const entry = held ? undefined : log[index];
        if (entry === undefined) {
          await new Promise<void>((resolve) => wake.push(resolve));
          continue;
        }
        index += 1;
        seen = entry.at;
        if (entry.resource === resourceText(resource)) yield entry.event as WatchEvent<T>;
        else yield bookmark<T>(entry.at);
      }
    },
    create: async <T>(
      resource: ResourceName,
      namespace: string,
      object: unknown,
      cause?: WriteCause,
      subresource?: { readonly name: string; readonly of: string },
    ) => {
      const given = object as KubeObject;
      const name = given.metadata.name ?? `${given.metadata.generateName ?? ''}${nameSuffix(random)}`;
      begin({ verb: 'create', resource: resourceText(resource), name, subresource: subresource?.name ?? '', cause });
      if (subresource !== undefined) {
        const before = existing(resource, namespace, subresource.of);
        const spec = before['spec'] as JsonObject;
        const target = given['target'] as JsonObject;
        if (spec['nodeName'] !== undefined) {
          throw new ApiFailure(
            409,
            'Conflict',
            `pod ${subresource.of} is already assigned to node "${spec['nodeName'] as string}"`,
          );
        }
        return commit(resource, 'MODIFIED', { ...before, spec: { ...spec, nodeName: target['name'] } }) as T;
      }
      if (
        ended.has(namespace) ||
        objects.get(key(NAMESPACES, '', namespace))?.metadata.deletionTimestamp !== undefined
      ) {
        throw new ApiFailure(403, 'Forbidden', `namespace ${namespace} is being terminated`);
      }
      if (objects.has(key(resource, namespace, name))) {
        throw new ApiFailure(409, 'AlreadyExists', `${resourceText(resource)} "${name}" already exists`);
      }
      return commit(resource, 'ADDED', fresh(withMetadata(given, { name }), undefined)) as T;
    },
    update: async <T>(
      resource: ResourceName,
      namespace: string,
      name: string,
      object: unknown,
      cause?: WriteCause,
      subresource = '',
    ) => {
      begin({ verb: 'update', resource: resourceText(resource), name, subresource, cause });
      const before = existing(resource, namespace, name);
      if (subresource === 'finalize') {
        const next = { ...before, spec: (object as KubeObject)['spec'] };
        const left = (next.spec as JsonObject | undefined)?.['finalizers'];
        const gone = Array.isArray(left) && left.length === 0 && before.metadata.deletionTimestamp !== undefined;
        return commit(resource, gone ? 'DELETED' : 'MODIFIED', next) as T;
      }
      return replace(resource, before, object as KubeObject, subresource) as T;
    },
    patch: async <T>(
      resource: ResourceName,
      namespace: string,
      name: string,
      patch: unknown,
      how: {
        readonly type: 'merge' | 'strategic' | 'json';
        readonly subresource?: string;
        readonly cause?: WriteCause;
      },
    ) => {
      const subresource = how.subresource ?? '';
      begin({ verb: 'patch', resource: resourceText(resource), name, subresource, cause: how.cause });
      const before = existing(resource, namespace, name);
      return replace(resource, before, merge(before, patch, how.type === 'strategic') as KubeObject, subresource) as T;
    },
    async delete(resource, namespace, name, options, cause) {
      begin({ verb: 'delete', resource: resourceText(resource), name, subresource: '', cause });
      remove(resource, existing(resource, namespace, name), isJsonObject(options) ? options : {});
    },
    async deleteCollection(resource, namespace, _query, cause) {
      begin({ verb: 'delete-collection', resource: resourceText(resource), name: '', subresource: '', cause });
      for (const object of api.all(resource)) {
        if (object.metadata.namespace === namespace) remove(resource, object, {});
      }
    },
    request: () => Promise.reject(new Error('the memory API takes no raw requests')),
    close: () => undefined,
  };

  const fresh = (object: KubeObject, before: KubeObject | undefined): KubeObject =>
    withMetadata(object, {
      uid: object.metadata.uid ?? before?.metadata.uid ?? newUid(random),
      creationTimestamp:
        object.metadata.creationTimestamp ?? before?.metadata.creationTimestamp ?? rfc3339Seconds(clock.nowMs()),
      generation: object.metadata.generation ?? before?.metadata.generation ?? 1,
    });
  return api;
}

function withMetadata(object: KubeObject, metadata: Readonly<Record<string, unknown>>): KubeObject {
  const next = { ...object, metadata: { ...object.metadata, ...metadata } };
  return JSON.parse(JSON.stringify(next)) as KubeObject; // drops undefined, shares nothing
}

function waitsForNothing(object: KubeObject): boolean {
  const { finalizers = [], deletionGracePeriodSeconds = 0 } = object.metadata;
  const ofNamespace = (object['spec'] as { readonly finalizers?: readonly string[] } | undefined)?.finalizers ?? [];
  return finalizers.length === 0 && ofNamespace.length === 0 && deletionGracePeriodSeconds === 0;
}

function graceOf(resource: ResourceName, object: KubeObject, options: JsonObject): number {
  if (resource.resource !== 'pods') return 0;
  const spec = object['spec'] as JsonObject | undefined;
  if (spec?.['nodeName'] === undefined) return 0;
  const asked = options['gracePeriodSeconds'] ?? spec['terminationGracePeriodSeconds'] ?? 30;
  return typeof asked === 'number' ? asked : 30;
}

function same(a: KubeObject, b: KubeObject): boolean {
  return (
    JSON.stringify(withMetadata(a, { resourceVersion: '' })) ===
    JSON.stringify(withMetadata(b, { resourceVersion: '' }))
  );
}

/** RFC 7386; conditions are merged by type where a strategic merge would do so. */
function merge(target: unknown, patch: unknown, byType = false): unknown {
  if (!isJsonObject(patch)) return patch;
  const result: Record<string, unknown> = isJsonObject(target) ? { ...target } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name];
    else if (byType && name === 'conditions') result[name] = mergeConditions(result[name], value);
    else result[name] = merge(result[name], value, byType);
  }
  return result;
}

function mergeConditions(present: unknown, patch: unknown): unknown {
  const changed = (Array.isArray(patch) ? patch : []) as readonly JsonObject[];
  const kept = ((Array.isArray(present) ? present : []) as readonly JsonObject[]).filter(
    (condition) => !changed.some((other) => other['type'] === condition['type']),
  );
  return [...kept, ...changed];
}

function bookmark<T>(at: Revision): WatchEvent<T> {
  const object = { kind: '', apiVersion: '', metadata: { resourceVersion: String(at) } };
  return { type: 'BOOKMARK', object: object as T };
}
