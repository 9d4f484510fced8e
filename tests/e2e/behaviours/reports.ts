import { describe, expect, test } from 'vitest';
import type { Api, Read } from './api.ts';

const involvedObject = (namespace: string): object => ({ namespace, kind: 'Pod', name: 'one', apiVersion: 'v1' });
const names = ({ items }: Read): readonly string[] => items.map(({ metadata }) => metadata.name);

/** Events, under both of their names. */
export function reports(api: () => Api): void {
  describe.concurrent('an event', () => {
    test('is made, listed everywhere, patched, replaced and deleted', async () => {
      const namespace = await api().namespace('event');
      const all = `/api/v1/namespaces/${namespace}/events`;
      const mark = `labelSelector=testevent-constant%3D${api().run}`;
      await api().create(all, {
        metadata: { name: 'one', labels: { 'testevent-constant': api().run } },
        message: 'This is a test event',
        reason: 'Test',
        type: 'Normal',
        count: 1,
        involvedObject: involvedObject(namespace),
      });
      expect(names(await api().get(`/api/v1/events?${mark}`))).toEqual(['one']);
      await api().patch(`${all}/one`, 'strategic', { message: 'This is a test event - patched' });
      expect((await api().get(`${all}/one`))['message']).toBe('This is a test event - patched');
      const series = { count: 100, lastObservedTime: '2026-01-01T00:00:00.000000Z' };
      await api().update(`${all}/one`, (read) => ({ ...read, series, eventTime: null }));
      expect((await api().get(`${all}/one`))['series']).toEqual(series);
      await api().remove(`${all}/one`);
      expect(names(await api().get(`/api/v1/events?${mark}`))).toEqual([]);
    });

    test('goes with its collection', async () => {
      const namespace = await api().namespace('events');
      const all = `/api/v1/namespaces/${namespace}/events`;
      for (const name of ['test-event-1', 'test-event-2', 'test-event-3']) {
        const labels = { 'testevent-set': 'true' };
        await api().create(all, {
          metadata: { name, labels },
          involvedObject: involvedObject(namespace),
          reason: 'Test',
        });
      }
      expect((await api().get(`${all}?labelSelector=testevent-set%3Dtrue`)).items).toHaveLength(3);
      expect((await api().get(`${all}?fieldSelector=involvedObject.name%3Done,reason%3DTest`)).items).toHaveLength(3);
      await api().remove(`${all}?labelSelector=testevent-set%3Dtrue`);
      await api().until('none', `${all}?labelSelector=testevent-set%3Dtrue`, ({ items }) => items.length === 0);
    });

    test('of the newer group is fetched, patched, replaced, listed and deleted, one by one and together', async () => {
      const namespace = await api().namespace('newer');
      const group = '/apis/events.k8s.io/v1';
      const all = `${group}/namespaces/${namespace}/events`;
      const event = (name: string, label: string): object => ({
        metadata: { name, labels: { [label]: 'true' } },
        regarding: involvedObject(namespace),
        eventTime: '2026-01-01T00:00:00.123456Z',
        note: `This is ${name}`,
        action: 'Do',
        reason: 'Test',
        type: 'Normal',
        reportingController: 'test-controller',
        reportingInstance: 'test-node',
      });
      const made = await api().create(all, event('event-test', 'testevent-constant'));
      expect(made).toMatchObject({ apiVersion: 'events.k8s.io/v1', eventTime: '2026-01-01T00:00:00.123456Z' });
      const listed = await api().get(`${group}/events?labelSelector=testevent-constant%3Dtrue`);
      expect(listed.items.some(({ metadata }) => metadata.namespace === namespace)).toBe(true);
      expect(names(await api().get(`${all}?fieldSelector=reportingController%3Dtest-controller`))).toEqual([
        'event-test',
      ]);
      const series = { count: 2, lastObservedTime: '2026-01-01T00:01:00.000001Z' };
      await api().patch(`${all}/event-test`, 'strategic', { series });
      expect((await api().get(`${all}/event-test`))['series']).toEqual(series);
      await api().update(`${all}/event-test`, (read) => ({ ...read, series: { ...series, count: 100 } }));
      const core = await api().get(`/api/v1/namespaces/${namespace}/events/event-test`);
      expect(core).toMatchObject({ apiVersion: 'v1', series: { count: 100 }, message: 'This is event-test' });
      await api().remove(`${all}/event-test`);
      expect(names(await api().get(all))).toEqual([]);
      for (const name of ['test-event-1', 'test-event-2', 'test-event-3'])
        await api().create(all, event(name, 'testevent-set'));
      await api().remove(`${all}?labelSelector=testevent-set%3Dtrue`);
      expect(names(await api().get(all))).toEqual([]);
    });
  });
}
