import { expect, test } from 'vitest';
import { silentLogger } from '@taffrail/platform/logger';
import { seededRandom } from '@taffrail/platform/random';
import type { KubeObject } from '@taffrail/resources/object';
import type { ApiClient } from './api-client.ts';
import { eventRecorder } from './event-recorder.ts';
import { fixedClock } from './testing/virtual-clock.ts';

const pod = (name: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'ns', uid: name },
});
const event = (name: string, message: string) =>
  ({ about: pod(name), eventType: 'Normal', reason: 'R', message }) as const;

/** A client that notes what is written, and answers for one object only when told to. */
function heldClient(held: string): { readonly client: ApiClient; readonly written: string[]; release(): void } {
  const written: string[] = [];
  const gate = Promise.withResolvers<void>();
  const note = async (name: string, what: string): Promise<KubeObject> => {
    if (name.startsWith(held)) await gate.promise;
    written.push(`${name.split('.')[0]} ${what}`);
    return pod(name);
  };
  const client = {
    create: async (_resource: object, _namespace: string, object: unknown) =>
      await note((object as KubeObject).metadata.name ?? '', String((object as { message?: string }).message)),
    patch: async (_resource: object, _namespace: string, name: string, patch: unknown) =>
      await note(name, `counted ${(patch as { count: number }).count}`),
  };
  return { client: client as unknown as ApiClient, written, release: () => gate.resolve() };
}

test('an event that waits for its answer holds up those of the same object, in their order, and no others', async () => {
  const { client, written, release } = heldClient('slow');
  const clock = fixedClock(0);
  const recorder = eventRecorder({ client, clock, random: seededRandom(1), logger: silentLogger, component: 'c' });
  const stop = new AbortController();
  const running = recorder.run(stop.signal);
  for (const message of ['one', 'one', 'two']) recorder.record(event('slow', message));
  recorder.record(event('quick', 'one'));
  await expect.poll(() => written).toEqual(['quick one']);
  release();
  await expect.poll(() => written).toEqual(['quick one', 'slow one', 'slow counted 2', 'slow two']);
  stop.abort();
  await running;
});
