import { expect, test } from 'vitest';
import { revision } from '@taffrail/platform/brand';
import { silentLogger as logger } from '@taffrail/platform/logger';
import { seededRandom } from '@taffrail/platform/random';
import type { KubeObject } from '@taffrail/resources/object';
import { ApiFailure, type ApiClient, type ResourceName, type WatchEvent } from './api-client.ts';
import type { SourceSink } from './source.ts';
import { virtualClock } from './testing/virtual-clock.ts';
import { watchSource } from './watch-source.ts';

const PODS: ResourceName = { group: '', version: 'v1', resource: 'pods' };

type Step = readonly WatchEvent<KubeObject>[] | Error;

function object(name: string, resourceVersion: string): KubeObject {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, resourceVersion } };
}

/** Runs a source against watches that each do as told; the last one stays open. Returns what was asked and delivered. */
async function run(steps: readonly Step[], lists: readonly (number | Error)[] = [10]): Promise<readonly string[]> {
  const lines: string[] = [];
  const clock = virtualClock();
  const stop = new AbortController();
  let listed = 0;
  let watched = 0;
  const client = {
    async list() {
      const answer = lists[Math.min(listed++, lists.length - 1)];
      if (answer instanceof Error) throw answer;
      return { revision: revision(answer ?? 0), items: [] };
    },
    async *watch(_resource: ResourceName, _namespace: string, query: Readonly<Record<string, string>>) {
      lines.push(`watch from ${query['resourceVersion']}`);
      const step = steps[watched++];
      if (step === undefined) await new Promise((_resolve, reject) => stop.signal.addEventListener('abort', reject));
      else if (step instanceof Error) throw step;
      else yield* step;
    },
  } as unknown as ApiClient;
  const sink: SourceSink = {
    replace: (_resource, _objects, at) => void lines.push(`list at ${at}`),
    change: ({ object: changed, deleted, revision: at }) =>
      void lines.push(`${deleted ? 'gone' : 'put'} ${changed.metadata.name} at ${at}`),
    progress: (_resource, at) => void lines.push(`up to ${at}`),
  };
  const source = watchSource({ client, resource: PODS, clock, random: seededRandom(1), logger });
  const running = source.run(sink, stop.signal);
  await clock.advance(5_000);
  stop.abort(new Error('enough'));
  await running;
  return lines;
}

test('a watch that ends is taken up behind the last event or bookmark, without listing again', async () => {
  const steps: readonly Step[] = [
    [{ type: 'ADDED', object: object('a', '11') }],
    [{ type: 'BOOKMARK', object: object('', '15') }],
    [{ type: 'DELETED', object: object('a', '16') }],
  ];
  expect(await run(steps)).toEqual([
    'list at 10',
    'watch from 10',
    'put a at 11',
    'watch from 11',
    'up to 15',
    'watch from 15',
    'gone a at 16',
    'watch from 16',
  ]);
});

test('a revision the server no longer knows means listing again', async () => {
  expect(await run([new ApiFailure(410, 'Expired', 'too old')], [10, 30])).toEqual([
    'list at 10',
    'watch from 10',
    'list at 30',
    'watch from 30',
  ]);
});

test('a server that is away is asked again, for the list as for the watch', async () => {
  expect(await run([new Error('gone'), new Error('gone')], [new Error('away'), 10])).toEqual([
    'list at 10',
    'watch from 10',
    'watch from 10',
    'watch from 10',
  ]);
});
