import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { sequenceOf } from '@taffrail/platform/brand';
import { OperatingError } from '@taffrail/platform/failure';
import { limits } from '@taffrail/platform/limits';
import { seededRandom } from '@taffrail/platform/random';
import type { Commit } from '@taffrail/log/commit';
import type { CommitLog } from '@taffrail/log/commit-log';
import { memoryLog } from '@taffrail/log/memory-log';
import { readVerified } from '@taffrail/log/verified-reader';
import { faultyLog, type FaultyLog } from './testing/faulty-log.ts';
import { accepted, configMap, refused, resourceNamed, testMachine, type TestMachine } from './testing/machine.ts';

const configMaps = resourceNamed('configmaps');

interface Faulty extends AsyncDisposable {
  readonly log: FaultyLog;
  readonly cluster: TestMachine;
  readonly failures: readonly OperatingError[];
}

async function faulty(): Promise<Faulty> {
  const log = faultyLog(memoryLog('LOG'));
  const failures: OperatingError[] = [];
  const cluster = await testMachine({
    logs: { LOG: log, EVENTS: memoryLog('EVENTS') },
    onFailure: (error) => failures.push(error),
  });
  return { log, cluster, failures, [Symbol.asyncDispose]: async () => await cluster[Symbol.asyncDispose]() };
}

async function readAll(log: CommitLog): Promise<readonly Commit[]> {
  const commits: Commit[] = [];
  const until = (await log.head()).sequence;
  const signal = new AbortController().signal;
  for await (const commit of readVerified(log, { start: { at: 'genesis' }, until, signal })) commits.push(commit);
  return commits;
}

describe('group commit', () => {
  test('one commit is in flight, and whoever comes meanwhile shares the next one', async () => {
    await using scope = await faulty();
    const { log, cluster } = scope;
    const before = log.appends;
    log.hold();
    const first = cluster.create('configmaps', configMap('first'));
    await turn();
    const rest = Array.from(
      { length: 20 },
      async (_, index) => await cluster.create('configmaps', configMap(`c-${index}`)),
    );
    await turn();
    expect(log.appends).toBe(before + 1);
    log.release();
    const made = await Promise.all([first, ...rest]);
    expect(log.appends).toBe(before + 2);
    expect(log.mostInFlight).toBe(1);
    const sequences = new Set(made.map((one) => sequenceOf(accepted(one).object.revision)));
    expect(sequences.size).toBe(2);
  });

  test('nobody hears of a write, and no read shows it, before it is durable', async () => {
    await using scope = await faulty();
    const { log, cluster } = scope;
    log.hold();
    let answered = false;
    const made = cluster.create('configmaps', configMap('a')).then(() => (answered = true));
    await turn();
    expect(answered).toBe(false);
    expect(cluster.get('configmaps', 'a')).toBeUndefined();
    log.release();
    await made;
    expect(cluster.get('configmaps', 'a')).toBeDefined();
  });

  test('one request that is refused leaves its neighbours alone', async () => {
    await using cluster = await testMachine();
    const outcomes = await Promise.all([
      cluster.create('configmaps', configMap('a')),
      cluster.create('configmaps', configMap('a')),
      cluster.create('configmaps', configMap('Bad_Name')),
      cluster.create('configmaps', configMap('b')),
    ]);
    expect(outcomes.map((outcome) => ('code' in outcome ? outcome.code : 201))).toEqual([201, 409, 422, 201]);
    const events = (await readAll(cluster.logs.LOG)).at(-1)?.events ?? [];
    expect(events.map((event) => event.name)).toEqual(['a', 'b']);
  });

  test('a refusal that rests on an open commit waits for it; one on committed state does not', async () => {
    await using scope = await faulty();
    const { log, cluster } = scope;
    log.hold();
    const order: string[] = [];
    const note = (name: string) => () => order.push(name);
    const missing = cluster.delete('configmaps', 'nope').then(note('missing'));
    const made = cluster.create('configmaps', configMap('a')).then(note('made'));
    const taken = cluster.create('configmaps', configMap('a')).then(note('taken'));
    await missing;
    await turn();
    expect(order).toEqual(['missing']);
    log.release();
    await Promise.all([made, taken]);
    expect(order).toEqual(['missing', 'made', 'taken']);
  });

  test('changes of one object in one commit chain through each other', async () => {
    await using cluster = await testMachine();
    const [made, updated] = await Promise.all([
      cluster.create('configmaps', configMap('a')),
      cluster.update('configmaps', configMap('a', 'w')),
      cluster.delete('configmaps', 'a'),
      cluster.create('configmaps', configMap('a', 'again')),
    ]);
    const events = (await readAll(cluster.logs.LOG)).at(-1)?.events ?? [];
    expect(events.map((event) => [event.verb, event.previousRevision])).toEqual([
      ['created', 0],
      ['updated', accepted(made).object.revision],
      ['deleted', accepted(updated).object.revision],
      ['created', 0],
    ]);
    expect(cluster.get('configmaps', 'a')).toMatchObject({ data: { k: 'again' } });
  });

  test('a full queue answers 429 with Retry-After', async () => {
    await using scope = await faulty();
    const { log, cluster } = scope;
    log.hold();
    const first = cluster.create('configmaps', configMap('first'));
    await turn();
    const waiting = Array.from(
      { length: limits.commitQueueCount },
      async () => await cluster.delete('configmaps', 'x'),
    );
    expect(refused(await cluster.create('configmaps', configMap('one-more')))).toMatchObject({
      code: 429,
      reason: 'TooManyRequests',
      details: { retryAfterSeconds: 1 },
    });
    log.release();
    await Promise.all([first, ...waiting]);
    expect(cluster.machine.queueDepth()).toEqual({ commands: 0, bytes: 0 });
  });

  test('a caller that stops waiting is told at once, and its command is not decided', async () => {
    await using scope = await faulty();
    const { log, cluster } = scope;
    log.hold();
    const first = cluster.create('configmaps', configMap('first'));
    await turn();
    const stop = new AbortController();
    const target = { definition: configMaps, namespace: 'default', name: 'a', subresource: '' };
    const command = { type: 'create', target, object: configMap('a') as never } as const;
    const request = {
      actor: { user: 'a', groups: [], userAgent: '', address: '', fieldManager: '' },
      cause: { correlation: 'c', traceparent: '' },
      dryRun: false,
    };
    const abandoned = cluster.machine.submit(command, request, stop.signal);
    stop.abort(new Error('gone'));
    await expect(abandoned).rejects.toThrow('gone');
    log.release();
    await first;
    accepted(await cluster.create('configmaps', configMap('b')));
    expect(cluster.get('configmaps', 'a')).toBeUndefined();
  });

  test('a collection larger than a commit is deleted in pieces and answered whole', async () => {
    await using cluster = await testMachine();
    const count = limits.deleteCollectionCount * 2 + 5;
    await Promise.all(
      Array.from({ length: count }, async (_, index) =>
        accepted(await cluster.create('configmaps', configMap(`c-${String(index).padStart(5, '0')}`))),
      ),
    );
    const target = { definition: configMaps, namespace: 'default', name: '', subresource: '' };
    const outcome = accepted(
      await cluster.submit({ type: 'delete-collection', target, selection: { labels: [], fields: [] }, options: {} }),
    );
    expect(outcome.objects).toHaveLength(count);
    expect(cluster.machine.list(configMaps, 'default')).toEqual([]);
  });
});

describe('time', () => {
  test('never goes back along the log, whatever the clock says', async () => {
    await using cluster = await testMachine();
    accepted(await cluster.create('configmaps', configMap('a')));
    cluster.clock.set(cluster.clock.nowMs() - 60_000);
    accepted(await cluster.create('configmaps', configMap('b')));
    const times = (await readAll(cluster.logs.LOG)).map((commit) => commit.timeMs);
    expect(times).toEqual(times.toSorted((left, right) => left - right));
  });
  test('a clock that is far behind refuses to write', async () => {
    await using cluster = await testMachine();
    cluster.clock.set(cluster.clock.nowMs() - limits.clockSkewMs - 1_000);
    await expect(cluster.create('configmaps', configMap('a'))).rejects.toMatchObject({ code: 'unavailable' });
  });
});

describe('a log that refuses', () => {
  test.each(['unavailable', 'storage-full'] as const)(
    '%s goes to the callers, and the next commit is tried',
    async (code) => {
      const { log, cluster, failures } = await faulty();
      await using _ = cluster;
      log.failNext(new OperatingError(code, 'not now'));
      await expect(cluster.create('configmaps', configMap('a'))).rejects.toMatchObject({ code });
      expect(cluster.get('configmaps', 'a')).toBeUndefined();
      accepted(await cluster.create('configmaps', configMap('a')));
      expect(failures).toEqual([]);
    },
  );
  test('a bug while a commit is made part of the state fails its callers and stops the ledger', async () => {
    await using scope = await faulty();
    const { log, cluster, failures } = scope;
    log.failNext(new TypeError('a bug') as never);
    await expect(cluster.create('configmaps', configMap('a'))).rejects.toMatchObject({ code: 'aborted' });
    expect(failures).toHaveLength(1);
  });
  test('an unknown outcome stops the ledger for good and says so once', async () => {
    await using scope = await faulty();
    const { log, cluster, failures } = scope;
    log.failNext(new OperatingError('aborted', 'nobody knows'));
    const both = [cluster.create('configmaps', configMap('a')), cluster.create('configmaps', configMap('b'))];
    for (const one of both) await expect(one).rejects.toMatchObject({ code: 'aborted' });
    await expect(cluster.create('configmaps', configMap('c'))).rejects.toMatchObject({ code: 'aborted' });
    expect(failures.map((failure) => failure.message)).toEqual(['nobody knows']);
  });
});

test('a commit that reads back changed stops the server', async () => {
  const log = faultyLog(memoryLog('LOG'));
  const failures: OperatingError[] = [];
  const logs = { LOG: log, EVENTS: memoryLog('EVENTS') };
  await using cluster = await testMachine({ logs, onFailure: (error) => failures.push(error) });
  log.damageNextRead();
  accepted(await cluster.create('configmaps', configMap('a')));
  while (failures.length === 0) await turn();
  expect(failures[0]).toMatchObject({ code: 'log-corrupt' });
  await expect(cluster.create('configmaps', configMap('b'))).rejects.toMatchObject({ code: 'log-corrupt' });
});

describe('two writers on one log', () => {
  interface Pair extends AsyncDisposable {
    readonly log: FaultyLog;
    readonly one: TestMachine;
    readonly other: TestMachine;
  }

  async function pair(): Promise<Pair> {
    const shared = memoryLog('LOG');
    const events = memoryLog('EVENTS');
    const log = faultyLog(shared);
    const one = await testMachine({ logs: { LOG: log, EVENTS: events } });
    const other = await testMachine({ logs: { LOG: shared, EVENTS: events }, random: seededRandom(2) });
    return {
      log,
      one,
      other,
      async [Symbol.asyncDispose]() {
        await Promise.all([one[Symbol.asyncDispose](), other[Symbol.asyncDispose]()]);
      },
    };
  }

  test('a lost fence folds what is new and decides again: both writes stand, in one order', async () => {
    await using scope = await pair();
    const { log, one, other } = scope;
    log.beforeNext(async () => {
      accepted(await other.create('configmaps', configMap('theirs')));
    });
    accepted(await one.create('configmaps', configMap('ours')));
    expect(one.get('configmaps', 'theirs')).toBeDefined();
    await other.machine.waitFor(configMaps, one.machine.revision(configMaps));
    expect(other.get('configmaps', 'ours')).toEqual(one.get('configmaps', 'ours'));
    await readAll(log);
  });

  test('a decision that the winner made wrong is made again: the second creation is refused', async () => {
    await using scope = await pair();
    const { log, one, other } = scope;
    log.beforeNext(async () => {
      accepted(await other.create('configmaps', configMap('a', 'theirs')));
    });
    const outcomes = await Promise.all([
      one.create('configmaps', configMap('a', 'ours')),
      one.patch('configmaps', 'a', { data: { more: '1' } }),
    ]);
    expect(refused(outcomes[0])).toMatchObject({ code: 409, reason: 'AlreadyExists' });
    expect(accepted(outcomes[1]).object.object()).toMatchObject({ data: { k: 'theirs', more: '1' } });
  });

  test('cluster IPs stay unique across writers', async () => {
    await using scope = await pair();
    const { one, other } = scope;
    const service = (name: string) => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name },
      spec: { selector: { a: 'b' }, ports: [{ port: 80 }] },
    });
    await Promise.all(
      [one, other].flatMap((cluster, writer) =>
        Array.from({ length: 30 }, async (_, index) =>
          accepted(await cluster.create('services', service(`s-${writer}-${index}`))),
        ),
      ),
    );
    await one.machine.waitFor(configMaps, other.machine.revision(configMaps));
    const addresses = one.machine
      .list(resourceNamed('services'), undefined)
      .map((found) => (found.object()['spec'] as { clusterIP: string }).clusterIP);
    expect(addresses).toHaveLength(61);
    expect(new Set(addresses).size).toBe(61);
  });

  test('what another process writes is followed without a write of our own', async () => {
    await using scope = await pair();
    const { one, other } = scope;
    const made = accepted(await other.create('configmaps', configMap('a')));
    await one.machine.waitFor(configMaps, made.object.revision);
    expect(one.get('configmaps', 'a')?.metadata.resourceVersion).toBe(String(made.object.revision));
  });

  test('a refusal never rests on a state that another writer has already changed', async () => {
    await using scope = await pair();
    const { log, one, other } = scope;
    accepted(await other.create('configmaps', configMap('first')));
    await one.machine.waitFor(configMaps, other.machine.revision(configMaps));
    log.blindFollowers();
    for (let round = 0; round < 5; round++) {
      const made = accepted(await other.create('configmaps', configMap(`c-${round}`)));
      const resourceVersion = String(made.object.revision);
      const updated = await one.update('configmaps', configMap(`c-${round}`, 'w', { resourceVersion }));
      expect(accepted(updated).object.object()).toMatchObject({ data: { k: 'w' } });
      expect(refused(await one.create('configmaps', configMap(`c-${round}`))).code).toBe(409);
    }
    await readAll(log);
  });

  test('a caller who loses too often is told to try again', async () => {
    await using scope = await pair();
    const { log, one, other } = scope;
    let round = 0;
    const disturb = async (): Promise<void> => {
      accepted(await other.create('configmaps', configMap(`other-${round++}`)));
      log.beforeNext(disturb);
    };
    log.beforeNext(disturb);
    await expect(one.create('configmaps', configMap('a'))).rejects.toMatchObject({ code: 'unavailable' });
    expect(round).toBe(limits.lostFencesCount + 1);
  });
});
