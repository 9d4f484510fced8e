import { expect, test } from 'vitest';
import { revision, sequenceOf } from '@taffrail/platform/brand';
import { systemClock } from '@taffrail/platform/clock';
import { runningApi } from './testing/running-api.ts';

const TRANSACTIONS = '/apis/taffrail.dev/v1/transactions?namespace=default';
const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';

const item = (verb: string, name: string, value: string): unknown => ({
  verb,
  object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { value } },
});

test('a transaction is one commit on JetStream, whole after a restart, and whole at every revision inside it', async () => {
  await using world = await runningApi();
  const first = await world.start();
  const names = Array.from({ length: 1024 }, (_, index) => `c-${index}`);
  const made = await first.client.request('POST', TRANSACTIONS, {
    items: names.map((name) => item('create', name, '1')),
  });
  expect(made.status).toBe(200);
  const revisions = made.json.items.map(({ object }) =>
    Number((object as { metadata: { resourceVersion: string } }).metadata.resourceVersion),
  );
  expect(new Set(revisions.map((at) => sequenceOf(revision(at)))).size).toBe(1);
  expect(revisions.at(-1)).toBe(Number(made.json.metadata['resourceVersion']));
  const changed = await first.client.request('POST', TRANSACTIONS, {
    items: names.map((name) => item('update', name, '2')),
  });
  expect(changed.status).toBe(200);

  // An exact read in the middle of the first transaction shows all of it, and nothing of the second.
  const middle = revisions[500];
  for (;;) {
    const list = await first.client.request(
      'GET',
      `${CONFIG_MAPS}?resourceVersion=${middle}&resourceVersionMatch=Exact`,
    );
    if (list.status === 200 && list.json.items.length === 1024) {
      expect(new Set(list.json.items.map((object) => object.data?.['value']))).toEqual(new Set(['1']));
      break;
    }
    // Until the projection has it there is nothing to be seen, never a part.
    expect([200, 503, 504]).toContain(list.status);
    if (list.status === 200) expect(list.json.items).toHaveLength(0);
    await systemClock.sleep(50);
  }
  await first.stop();

  const second = await world.start();
  const after = await second.client.request('GET', CONFIG_MAPS);
  expect(after.json.items.map((object) => object.data?.['value'])).toEqual(names.map(() => '2'));
  await second.stop();
});
