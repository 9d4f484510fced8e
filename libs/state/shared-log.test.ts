import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { memoryLatestLog } from '@taffrail/log/memory-latest-log';
import { memoryLog } from '@taffrail/log/memory-log';
import type { CommitLog } from '@taffrail/log/commit-log';
import { faultyLog, type FaultyLog } from './testing/faulty-log.ts';
import { accepted, configMap, refused, resourceNamed, testMachine, type TestMachine } from './testing/machine.ts';

const configMaps = resourceNamed('configmaps');

interface Two extends AsyncDisposable {
  readonly log: FaultyLog;
  readonly one: TestMachine;
  readonly other: TestMachine;
  heads(): number;
}

/** Two servers on one log. The first one's follower can be blinded, so that only questions tell it what the other wrote. */
async function two(soleWriter = false): Promise<Two> {
  const shared = memoryLog('LOG');
  let heads = 0;
  const counted: typeof shared = {
    ...shared,
    async head(signal) {
      heads++;
      return await shared.head(signal);
    },
  };
  const log = faultyLog(counted);
  const rest = { EVENTS: memoryLog('EVENTS') };
  const leases = memoryLatestLog('LEASES', 1);
  const one = await testMachine({ logs: { LOG: log, ...rest }, leases, soleWriter });
  const other = await testMachine({ logs: { LOG: shared, ...rest }, leases, soleWriter: false });
  await one.machine.confirm(configMaps);
  return {
    log,
    one,
    other,
    heads: () => heads,
    async [Symbol.asyncDispose]() {
      await Promise.all([one[Symbol.asyncDispose](), other[Symbol.asyncDispose]()]);
    },
  };
}

test('a confirmed read shows what another server has acknowledged, from its very first write on', async () => {
  await using servers = await two();
  const { one, other } = servers;
  for (let round = 0; round < 20; round++) {
    accepted(await other.create('configmaps', configMap(`c-${round}`)));
    await one.machine.confirm(configMaps);
    expect(one.get('configmaps', `c-${round}`)).toBeDefined();
  }
});

test('a refusal does not rest on what another server has changed, not even before its first commit was seen', async () => {
  await using servers = await two();
  const { one, other, log } = servers;
  accepted(await one.create('configmaps', configMap('a')));
  log.blindFollowers();
  accepted(await other.delete('configmaps', 'a'));
  // Its own state still has the object; the log is asked before that is said.
  expect(accepted(await one.create('configmaps', configMap('a'))).created).toBe(true);
  expect(refused(await one.create('configmaps', configMap('a')))).toMatchObject({ reason: 'AlreadyExists' });
});

test('many reads ask one question', async () => {
  await using servers = await two();
  const { one, heads } = servers;
  const before = heads();
  await Promise.all(Array.from({ length: 100 }, async () => await one.machine.confirm(configMaps)));
  expect(heads() - before).toBeLessThanOrEqual(2);
});

test('a server that was told that it is alone asks nothing, until it sees that it is not', async () => {
  await using servers = await two(true);
  const { one, other, heads } = servers;
  const before = heads();
  await one.machine.confirm(configMaps);
  expect(heads()).toBe(before);
  const made = accepted(await other.create('configmaps', configMap('a')));
  await one.machine.waitFor(configMaps, made.object.revision);
  await one.machine.confirm(configMaps);
  expect(heads()).toBe(before + 1);
});

test('Leases are answered from the newest value too: a refusal on an old one is decided again', async () => {
  const leases = memoryLatestLog('LEASES', 1);
  let gate: PromiseWithResolvers<void> | undefined;
  const late: typeof leases = {
    ...leases,
    async *follow(after, signal) {
      for await (const value of leases.follow(after, signal)) {
        await gate?.promise;
        yield value;
      }
    },
  };
  const logs = { LOG: memoryLog('LOG') as CommitLog, EVENTS: memoryLog('EVENTS') };
  await using one = await testMachine({ logs, leases: late, soleWriter: false });
  await using other = await testMachine({ logs, leases, soleWriter: false });
  const lease = (metadata: object, holderIdentity: string) => ({
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: 'l', ...metadata },
    spec: { holderIdentity },
  });
  accepted(await one.create('leases', lease({}, 'a')));
  gate = Promise.withResolvers();
  const [held] = [other.get('leases', 'l')];
  const { resourceVersion } = accepted(
    await other.update('leases', lease({ resourceVersion: held?.metadata.resourceVersion ?? '' }, 'b')),
  ).object.object().metadata;
  // The first server has not seen b's update; the update made from it must not be refused as a conflict.
  const updating = one.update('leases', lease({ resourceVersion }, 'c'));
  await turn();
  gate.resolve();
  expect(accepted(await updating).object.object()['spec']).toMatchObject({ holderIdentity: 'c' });
});

test('one user who floods a server does not hold up another', async () => {
  const log = faultyLog(memoryLog('LOG'));
  await using cluster = await testMachine({ logs: { LOG: log, EVENTS: memoryLog('EVENTS') } });
  const { machine } = cluster;
  const target = (name: string) => ({ definition: configMaps, namespace: 'default', name, subresource: '' });
  const write = async (user: string, name: string) =>
    await machine.submit(
      { type: 'create', target: target(name), object: configMap(name) as never },
      {
        actor: { user, groups: [], userAgent: 'test', address: '', fieldManager: 'test' },
        cause: { correlation: 'c', traceparent: '' },
        dryRun: false,
      },
    );
  log.hold();
  const answered: string[] = [];
  const flood = Array.from({ length: 5_000 }, async (_, index) => {
    const outcome = await write('flood', `f-${index}`);
    if ('created' in outcome) answered.push('flood');
    return outcome;
  });
  await turn();
  const polite = write('polite', 'p').then((outcome) => {
    answered.push('polite');
    return outcome;
  });
  log.release();
  expect(accepted(await polite).created).toBe(true);
  // At most the commit that was on its way and the one it shared stood before it.
  expect(answered.indexOf('polite')).toBeLessThanOrEqual(512);
  const refusals = (await Promise.all(flood)).filter((outcome) => outcome.rejected === true);
  expect(refusals.length).toBeGreaterThan(2_000);
  expect(refusals[0]).toMatchObject({ code: 429, details: { retryAfterSeconds: 1 } });
});
