import { describe, expect, test } from 'vitest';
import { seededRandom } from '@taffrail/platform/random';
import type { Api, Change, Read } from './api.ts';

const kindsOf = (changes: readonly Change[]): readonly string[] =>
  changes.map(({ type, object }) => `${type} ${object.metadata.name}`);
const versions = (changes: readonly Change[]): readonly string[] =>
  changes.map(({ object }) => object.metadata.resourceVersion);
const config = (name: string, watched: string, data = {}): object => ({
  metadata: { name, labels: { watched } },
  data,
});
const withData = (object: Read, mutation: string): Read => ({ ...object, data: { mutation } });
const labelled = (object: Read, watched: string): Read => ({
  ...object,
  metadata: { ...object.metadata, labels: { watched } },
});

/** What watches tell, to whom, in which order, and from where on. */
export function watches(api: () => Api): void {
  describe.concurrent('a watch', () => {
    test('tells each watcher what its selector chooses, and nothing else', async () => {
      const all = `/api/v1/namespaces/${await api().namespace('watchers')}/configmaps`;
      const [a, b, both] = ['watched=a', 'watched=b', 'watched in (a,b)'].map((selector) =>
        api().watch(`${all}?labelSelector=${encodeURIComponent(selector)}`),
      );
      await api().create(all, config('one', 'a'));
      await api().update(`${all}/one`, (read) => withData(read, '1'));
      await api().update(`${all}/one`, (read) => withData(read, '2'));
      await api().remove(`${all}/one`);
      await api().create(all, config('two', 'b'));
      await api().remove(`${all}/two`);
      const ofA = ['ADDED one', 'MODIFIED one', 'MODIFIED one', 'DELETED one'];
      const ofB = ['ADDED two', 'DELETED two'];
      expect(kindsOf((await both?.take(6)) ?? [])).toEqual([...ofA, ...ofB]);
      expect(kindsOf((await a?.take(4)) ?? [])).toEqual(ofA);
      expect(kindsOf((await b?.take(2)) ?? [])).toEqual(ofB);
      for (const watch of [a, b, both]) {
        expect(watch?.waiting()).toBe(0);
        watch?.close();
      }
    });

    test('starts behind the revision it names, and goes on behind the last one it showed', async () => {
      const all = `/api/v1/namespaces/${await api().namespace('from')}/configmaps`;
      await api().create(all, config('one', 'a'));
      const first = await api().update(`${all}/one`, (read) => withData(read, '1'));
      const second = await api().update(`${all}/one`, (read) => withData(read, '2'));
      const deleted = api().remove(`${all}/one`);
      const watch = api().watch(`${all}?labelSelector=watched&resourceVersion=${first.metadata.resourceVersion}`);
      await deleted;
      const changes = await watch.take(2);
      expect(kindsOf(changes)).toEqual(['MODIFIED one', 'DELETED one']);
      expect(changes[0]?.object).toMatchObject({ data: { mutation: '2' } });
      const again = api().watch(`${all}?labelSelector=watched&resourceVersion=${second.metadata.resourceVersion}`);
      expect(versions(await again.take(1))).toEqual(versions(changes).slice(1));
      watch.close();
      again.close();
    });

    test('without a revision begins with what is there, as additions', async () => {
      const all = `/api/v1/namespaces/${await api().namespace('begin')}/configmaps`;
      await api().create(all, config('one', 'a'));
      for (const query of ['?labelSelector=watched', '?labelSelector=watched&resourceVersion=0']) {
        const watch = api().watch(`${all}${query}`);
        expect(kindsOf(await watch.take(1))).toEqual(['ADDED one']);
        watch.close();
      }
    });

    test('sends what is there and then a bookmark that says so, as informers of today ask', async () => {
      const all = `/api/v1/namespaces/${await api().namespace('initial')}/secrets`;
      for (const name of ['one', 'two', 'three']) await api().create(all, { metadata: { name } });
      const asked = 'allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan&sendInitialEvents=true';
      const watch = api().watch(`${all}?${asked}`);
      const initial = await watch.take(4);
      expect(kindsOf(initial.slice(0, 3)).toSorted()).toEqual(['ADDED one', 'ADDED three', 'ADDED two']);
      const bookmark = initial[3];
      expect(bookmark?.type).toBe('BOOKMARK');
      expect(bookmark?.object).toMatchObject({ metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } } });
      const listed = await api().get(
        `${all}?resourceVersion=${bookmark?.object.metadata.resourceVersion}&resourceVersionMatch=Exact`,
      );
      expect(listed.items.map(({ metadata }) => metadata.uid).toSorted()).toEqual(
        initial
          .slice(0, 3)
          .map(({ object }) => object.metadata.uid)
          .toSorted(),
      );
      await api().update(`${all}/one`, (read) => ({ ...read, stringData: { a: 'b' } }));
      const next = await watch.next('the change', ({ type }) => type === 'MODIFIED');
      expect(next.object).toMatchObject({ data: { a: 'Yg==' } });
      watch.close();
    });

    test('sees an object go when it no longer matches, and come back when it does again', async () => {
      const all = `/api/v1/namespaces/${await api().namespace('matching')}/configmaps`;
      const watch = api().watch(`${all}?labelSelector=watched%3Dyes`);
      await api().create(all, config('one', 'yes'));
      await api().update(`${all}/one`, (read) => withData(read, '1'));
      const away = await api().update(`${all}/one`, (read) => labelled(read, 'no'));
      await api().update(`${all}/one`, (read) => withData(read, '2'));
      await api().update(`${all}/one`, (read) => labelled(read, 'yes'));
      await api().update(`${all}/one`, (read) => withData(read, '3'));
      await api().remove(`${all}/one`);
      const changes = await watch.take(6);
      expect(kindsOf(changes)).toEqual([
        'ADDED one',
        'MODIFIED one',
        'DELETED one',
        'ADDED one',
        'MODIFIED one',
        'DELETED one',
      ]);
      expect(changes[2]?.object).toMatchObject({
        metadata: { labels: { watched: 'yes' }, resourceVersion: away.metadata.resourceVersion },
      });
      expect(changes[3]?.object).toMatchObject({ data: { mutation: '2' } });
      watch.close();
    });

    test('shows the same changes in the same order wherever it starts', async () => {
      const all = `/api/v1/namespaces/${await api().namespace('order')}/configmaps`;
      const first = api().watch(`${all}?labelSelector=watched`);
      const random = seededRandom(7);
      const present = new Set<string>();
      const write = async (at: number): Promise<void> => {
        const name = `one-${Math.floor(random.next() * 4)}`;
        if (!present.has(name)) {
          present.add(name);
          await api().create(all, config(name, 'a'));
        } else if (random.next() < 0.4) {
          present.delete(name);
          await api().remove(`${all}/${name}`);
        } else await api().update(`${all}/${name}`, (read) => withData(read, String(at)));
      };
      for (let at = 0; at < 30; at += 1) await write(at);
      const seen = await first.take(30);
      const starts = seen.slice(0, -1).map(({ object }) => object.metadata.resourceVersion);
      const others = starts.map((start) => api().watch(`${all}?labelSelector=watched&resourceVersion=${start}`));
      for (const [at, other] of others.entries()) {
        expect(versions(await other.take(29 - at))).toEqual(versions(seen).slice(at + 1));
        other.close();
      }
      first.close();
    });

    test('of one name follows it and nothing else; a time limit ends it', async () => {
      const all = `/api/v1/namespaces/${await api().namespace('named')}/configmaps`;
      const watch = api().watch(`${all}?fieldSelector=metadata.name%3Done`);
      await api().create(all, config('two', 'a'));
      await api().create(all, config('one', 'a'));
      expect(kindsOf(await watch.take(1))).toEqual(['ADDED one']);
      watch.close();
      const started = Date.now();
      const limited = await api().ask('GET', `${all}?labelSelector=watched&watch=1&timeoutSeconds=1&resourceVersion=0`);
      expect(limited.status).toBe(200);
      expect(Date.now() - started).toBeGreaterThanOrEqual(1000);
      expect(limited.text.trim().split('\n')).toHaveLength(2);
    });
  });
}
