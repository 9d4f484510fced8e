import { setTimeout as passed } from 'node:timers/promises';
import { expect } from 'vitest';
import { readKubeconfig } from '@taffrail/pki/kubeconfig';
import { kubeClient, type KubeAnswer, type KubeClient } from '../../../services/api/testing/kube-client.ts';

/** An object as it is read; what is inside is held against expectations, never trusted. */
export interface Read {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly continue?: string;
    readonly remainingItemCount?: number;
    readonly generation?: number;
    readonly deletionTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly { readonly uid: string; readonly kind: string; readonly name: string }[];
    readonly finalizers?: readonly string[];
  };
  readonly items: readonly Read[];
  readonly spec: Readonly<Record<string, unknown>>;
  readonly status: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

export interface Change {
  readonly type: string;
  readonly object: Read;
}

/** A watch that is read from one end to the other, as a client does that waits for one change after the other. */
export interface Watch {
  /** The first change not yet looked at that is accepted; those before it are passed over. */
  next(what: string, accept: (change: Change) => boolean, withinMs?: number): Promise<Change>;
  /** The next `count` changes, whatever they are. */
  take(count: number, withinMs?: number): Promise<readonly Change[]>;
  /** How many changes have come that nobody has looked at. */
  waiting(): number;
  close(): void;
}

const PATCH_TYPES = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
} as const;
export type PatchType = keyof typeof PATCH_TYPES;

export type RequestHeaders = Readonly<Record<string, string | string[]>>;

/** A client of one cluster with its administrator's certificate. */
export interface Api {
  /** Tells this run's cluster-wide names from those of others on the same cluster. */
  readonly run: string;
  /** Any request; what it answers is the caller's to judge. */
  ask(method: string, path: string, body?: unknown, headers?: RequestHeaders): Promise<KubeAnswer>;
  /** A request that must succeed. */
  do(method: string, path: string, body?: unknown, headers?: RequestHeaders): Promise<Read>;
  get(path: string): Promise<Read>;
  create(path: string, body: unknown): Promise<Read>;
  replace(path: string, body: unknown): Promise<Read>;
  patch(path: string, type: PatchType, body: unknown): Promise<Read>;
  remove(path: string, options?: unknown): Promise<Read>;
  /** A request that must be refused for this reason; its message. */
  refused(reason: string, method: string, path: string, body?: unknown): Promise<string>;
  /** Reads, changes and replaces, and does so again when somebody else was faster. */
  update(path: string, change: (object: Read) => object, subresource?: string): Promise<Read>;
  watch(path: string): Watch;
  /** Reads until what is read is accepted. */
  until(what: string, path: string, accept: (object: Read) => boolean, withinMs?: number): Promise<Read>;
  /** Reads until nothing is there. */
  gone(path: string, withinMs?: number): Promise<void>;
  /** A namespace of its own with a default service account; its name. */
  namespace(about: string): Promise<string>;
  close(): void;
}

const PATIENCE_MS = 30_000;
const POLL_MS = 50;
const SHOWN_CHARACTERS = 1500;

export async function openApi(kubeconfig: string): Promise<Api> {
  const access = await readKubeconfig(kubeconfig);
  const client = kubeClient(access.server, {
    ca: access.certificateAuthority ?? '',
    ...(access.clientCertificate === undefined ? {} : { cert: access.clientCertificate }),
    ...(access.clientKey === undefined ? {} : { key: access.clientKey }),
  });
  const api: Api = {
    run: Date.now().toString(36),
    ask: client.request,
    async do(method, path, body, headers) {
      const answer = await client.request(method, path, body, headers);
      expect(answer.status, `${method} ${path}: ${answer.text.slice(0, SHOWN_CHARACTERS)}`).toBeLessThan(300);
      return JSON.parse(answer.text) as Read;
    },
    get: async (path) => await api.do('GET', path),
    create: async (path, body) => await api.do('POST', path, body),
    replace: async (path, body) => await api.do('PUT', path, body),
    patch: async (path, type, body) => await api.do('PATCH', path, body, { 'content-type': PATCH_TYPES[type] }),
    remove: async (path, options) => await api.do('DELETE', path, options),
    async refused(reason, method, path, body) {
      const answer = await client.request(method, path, body);
      expect(answer.json, `${method} ${path}`).toMatchObject({ kind: 'Status', status: 'Failure', reason });
      return answer.json.message ?? '';
    },
    async update(path, change, subresource) {
      for (;;) {
        const changed = change(await api.get(path));
        const answer = await client.request(
          'PUT',
          subresource === undefined ? path : `${path}/${subresource}`,
          changed,
        );
        if (answer.status === 409) continue;
        expect(answer.status, `PUT ${path}: ${answer.text.slice(0, SHOWN_CHARACTERS)}`).toBe(200);
        return JSON.parse(answer.text) as Read;
      }
    },
    watch: (path) => watchOf(client, path),
    async until(what, path, accept, withinMs = PATIENCE_MS) {
      const end = Date.now() + withinMs;
      for (;;) {
        const answer = await client.request('GET', path);
        const object = JSON.parse(answer.text) as Read;
        if (answer.status === 200 && accept(object)) return object;
        if (Date.now() > end)
          throw new Error(`not within ${withinMs} ms: ${what}; ${path} is ${answer.text.slice(0, SHOWN_CHARACTERS)}`);
        await passed(POLL_MS);
      }
    },
    async gone(path, withinMs = PATIENCE_MS) {
      const end = Date.now() + withinMs;
      for (;;) {
        const answer = await client.request('GET', path);
        if (answer.status === 404) return;
        if (Date.now() > end)
          throw new Error(`not gone within ${withinMs} ms: ${path} is ${answer.text.slice(0, SHOWN_CHARACTERS)}`);
        await passed(POLL_MS);
      }
    },
    async namespace(about) {
      const created = await api.create('/api/v1/namespaces', { metadata: { generateName: `${about}-` } });
      const { name } = created.metadata;
      await api.until('a default account', `/api/v1/namespaces/${name}/serviceaccounts/default`, () => true);
      return name;
    },
    close: () => client.close(),
  };
  return api;
}

function watchOf(client: KubeClient, path: string): Watch {
  const separator = path.includes('?') ? '&' : '?';
  const opened = client.watch(`${path}${separator}watch=true`);
  const changes = opened.events as unknown as readonly Change[];
  let seen = 0;
  const arrival = async (what: string, end: number): Promise<Change> => {
    for (;;) {
      const change = changes[seen];
      if (change !== undefined) {
        seen += 1;
        return change;
      }
      if (Date.now() > end) {
        const past = changes.map(({ type, object }) => `${type} ${object.metadata?.name}`).join(', ');
        throw new Error(`no change came: ${what}, watching ${path}; what came: ${past}`);
      }
      await passed(5);
    }
  };
  return {
    async next(what, accept, withinMs = PATIENCE_MS) {
      const end = Date.now() + withinMs;
      for (;;) {
        const change = await arrival(what, end);
        if (accept(change)) return change;
      }
    },
    async take(count, withinMs = PATIENCE_MS) {
      const end = Date.now() + withinMs;
      const taken: Change[] = [];
      while (taken.length < count) taken.push(await arrival(`${taken.length + 1} of ${count}`, end));
      return taken;
    },
    waiting: () => changes.length - seen,
    close: () => opened.close(),
  };
}
