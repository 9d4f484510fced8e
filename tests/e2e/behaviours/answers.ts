import { describe, expect, test } from 'vitest';
import type { Api } from './api.ts';

/** What typed clients written in Go accept, watches and lists alike. */
const GO = { accept: 'application/vnd.kubernetes.protobuf, */*' };
const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';
const template = { template: { spec: { containers: [{ name: 'test', image: 'test2' }] } } };

interface Table {
  readonly kind: string;
  readonly apiVersion: string;
  readonly columnDefinitions: readonly { readonly name: string }[];
  readonly rows: readonly { readonly cells: readonly unknown[]; readonly object: object }[];
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
}

/** The forms in which answers are asked for: pages, tables, metadata alone, other encodings. */
export function answers(api: () => Api): void {
  describe.concurrent('an answer', () => {
    test('comes in pages of one revision that say how much remains, and whole when it fits', async () => {
      const all = `/api/v1/namespaces/${await api().namespace('pages')}/podtemplates`;
      const names = Array.from({ length: 40 }, (_, at) => `template-${String(at).padStart(4, '0')}`);
      await Promise.all(names.map((name) => api().create(all, { metadata: { name }, ...template })));
      const found: string[] = [];
      let from = '';
      let revision: string | undefined;
      do {
        const page = await api().get(`${all}?limit=17${from === '' ? '' : `&continue=${encodeURIComponent(from)}`}`);
        expect(page.items.length).toBeLessThanOrEqual(17);
        revision ??= page.metadata.resourceVersion;
        expect(page.metadata.resourceVersion).toBe(revision);
        found.push(...page.items.map(({ metadata }) => metadata.name));
        from = page.metadata.continue ?? '';
        expect(page.metadata.remainingItemCount).toBe(from === '' ? undefined : 40 - found.length);
      } while (from !== '');
      expect(found).toEqual(names);
      expect((await api().get(`${all}?limit=41`)).items).toHaveLength(40);
      expect((await api().get(`${all}?limit=41&resourceVersion=0`)).items).toHaveLength(40);
    });

    test('is a table of pods, of nodes and of a page, for who asks for one', async () => {
      const namespace = await api().namespace('tables');
      const ask = async (path: string): Promise<Table> =>
        (await api().do('GET', path, undefined, { accept: TABLE })) as unknown as Table;
      await api().create(`/api/v1/namespaces/${namespace}/pods`, {
        metadata: { name: 'one' },
        spec: { containers: [{ name: 'c', image: 'image' }] },
      });
      const pods = await ask(`/api/v1/namespaces/${namespace}/pods/one`);
      expect(pods).toMatchObject({ kind: 'Table', apiVersion: 'meta.k8s.io/v1' });
      expect(pods.columnDefinitions.length).toBeGreaterThan(2);
      expect(pods.rows[0]?.cells).toHaveLength(pods.columnDefinitions.length);
      expect(pods.rows[0]?.cells[0]).toBe('one');
      expect(pods.rows[0]?.object).toMatchObject({ kind: 'PartialObjectMetadata', metadata: { name: 'one' } });
      const nodes = await ask('/api/v1/nodes');
      expect(nodes.columnDefinitions.map(({ name }) => name).slice(0, 2)).toEqual(['Name', 'Status']);
      expect(nodes.rows.length).toBeGreaterThanOrEqual(2);
      const templates = `/api/v1/namespaces/${namespace}/podtemplates`;
      for (const name of ['a', 'b', 'c']) await api().create(templates, { metadata: { name }, ...template });
      const page = await ask(`${templates}?limit=2`);
      expect(page.rows.map(({ cells }) => cells[0])).toEqual(['a', 'b']);
      const rest = await ask(`${templates}?limit=2&continue=${encodeURIComponent(page.metadata.continue ?? '')}`);
      expect(rest.rows.map(({ cells }) => cells[0])).toEqual(['c']);
    });

    test('is never a table of what is not stored: that is not acceptable', async () => {
      const review = { spec: { resourceAttributes: { verb: 'get', resource: 'pods' } } };
      const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
      const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io';
      const refused = await api().ask('POST', path, review, { accept });
      expect(refused.status).toBe(406);
      expect(refused.json).toMatchObject({ kind: 'Status', reason: 'NotAcceptable' });
    });

    test('can be read by a typed client in Go, whatever it says it prefers', async () => {
      const namespace = await api().namespace('go');
      const all = `/api/v1/namespaces/${namespace}/configmaps`;
      await api().create(all, { metadata: { name: 'one' }, data: { a: 'b' } });
      for (const path of [all, `${all}/one`, `${all}?resourceVersion=0`, `${all}?limit=500&resourceVersion=0`]) {
        const answer = await api().ask('GET', path, undefined, GO);
        expect(answer.status).toBe(200);
        expect(answer.headers['content-type']).toBe('application/json');
      }
      const watched = await api().ask('GET', `${all}?watch=true&timeoutSeconds=1`, undefined, {
        accept: 'application/vnd.kubernetes.protobuf;stream=watch, application/vnd.kubernetes.protobuf, */*',
      });
      expect(watched.headers['content-type']).toBe('application/json');
      expect(watched.text).toContain('"type":"ADDED"');
      const missing = await api().ask('GET', `${all}/two`, undefined, GO);
      expect(missing.json).toMatchObject({ kind: 'Status', apiVersion: 'v1', reason: 'NotFound', code: 404 });
    });

    test('is metadata alone, one by one, in lists and in watches', async () => {
      const all = `/api/v1/namespaces/${await api().namespace('metadata')}/configmaps`;
      await api().create(all, { metadata: { name: 'one', labels: { here: 'true' } }, data: { a: 'b' } });
      const one = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
      const list = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';
      const read = await api().do('GET', `${all}/one`, undefined, { accept: one });
      expect(read).toMatchObject({ kind: 'PartialObjectMetadata', metadata: { name: 'one' } });
      expect(read['data']).toBeUndefined();
      const listed = await api().do('GET', `${all}?labelSelector=here`, undefined, { accept: list });
      expect(listed).toMatchObject({ kind: 'PartialObjectMetadataList', items: [{ metadata: { name: 'one' } }] });
      const watched = await api().ask('GET', `${all}?labelSelector=here&watch=1&timeoutSeconds=1`, undefined, {
        accept: one,
      });
      expect(watched.text).toContain('"kind":"PartialObjectMetadata"');
    });
  });
}
