import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '@taffrail/platform/clock';
import { OperatingError } from '@taffrail/platform/failure';
import { systemRandom } from '@taffrail/platform/random';
import { openJetStreamLatestLog } from '@taffrail/log/jetstream-latest-log';
import { openJetStreamLog } from '@taffrail/log/jetstream-log';
import { startNatsForTest, type NatsForTest } from '@taffrail/log/testing/nats';
import { isRejection } from '@taffrail/machinery/rejection';
import type { StateMachineOptions } from './open-state-machine.ts';
import { accepted, configMap, resourceNamed, testMachine, type TestMachine } from './testing/machine.ts';

const configMaps = resourceNamed('configmaps');
const leases = resourceNamed('leases');

let nats: NatsForTest;
let clusters = 0;
beforeAll(async () => {
  nats = await startNatsForTest();
});
afterAll(async () => await nats.stop());

/** A server of cluster number `cluster`, with a connection and streams as a process of its own would have. */
async function server(cluster: number, changes: Partial<StateMachineOptions> = {}): Promise<TestMachine> {
  const link = await nats.link();
  return await testMachine({
    logs: {
      LOG: await openJetStreamLog(link, { name: `LOG${cluster}`, trimmable: false }),
      EVENTS: await openJetStreamLog(link, { name: `EVENTS${cluster}`, trimmable: true }),
    },
    leases: await openJetStreamLatestLog(link, `LEASES${cluster}`),
    clock: systemClock,
    random: systemRandom,
    ...changes,
  });
}

/** Creates ConfigMaps from many callers; answers the names of those that were acknowledged. */
async function load(
  cluster: TestMachine,
  prefix: string,
  count: number,
  acknowledged: string[] = [],
): Promise<readonly string[]> {
  let next = 0;
  const caller = async (): Promise<void> => {
    while (next < count) {
      const name = `${prefix}-${next++}`;
      try {
        const outcome = await cluster.create('configmaps', configMap(name));
        if (!isRejection(outcome)) acknowledged.push(name);
      } catch (error) {
        if (!(error instanceof OperatingError)) throw error;
        await systemClock.sleep(50);
      }
    }
  };
  await Promise.all(Array.from({ length: 32 }, caller));
  return acknowledged;
}

const bodies = (cluster: TestMachine): readonly string[] =>
  cluster.machine.list(configMaps, undefined).map((object) => object.body().toString());

describe('over JetStream', () => {
  test('a second process finds what the first one wrote, byte for byte, and both follow each other', async () => {
    const number = ++clusters;
    await using one = await server(number);
    expect(await load(one, 'a', 300)).toHaveLength(300);
    await using other = await server(number);
    expect(bodies(other)).toEqual(bodies(one));
    const made = accepted(await other.create('configmaps', configMap('theirs')));
    await one.machine.waitFor(configMaps, made.object.revision);
    expect(one.get('configmaps', 'theirs')).toEqual(made.object.object());
  });

  test('two servers that write at once lose nothing and agree', async () => {
    const number = ++clusters;
    await using one = await server(number);
    await using other = await server(number);
    const [ours, theirs] = await Promise.all([load(one, 'one', 200), load(other, 'other', 200)]);
    expect(ours.length + theirs.length).toBe(400);
    await one.machine.waitFor(configMaps, other.machine.revision(configMaps));
    await other.machine.waitFor(configMaps, one.machine.revision(configMaps));
    expect(bodies(other)).toEqual(bodies(one));
    expect(bodies(one)).toHaveLength(400);
  });

  test('a server that is killed under load loses nothing that was acknowledged', async () => {
    const number = ++clusters;
    const failures: OperatingError[] = [];
    await using cluster = await server(number, { onFailure: (error) => failures.push(error) });
    const acknowledged: string[] = [];
    const loading = load(cluster, 'k', 1_500, acknowledged);
    while (acknowledged.length < 200) await systemClock.sleep(1);
    await nats.kill();
    expect(acknowledged.length).toBeLessThan(1_500);
    await systemClock.sleep(200);
    await nats.start();
    await loading;
    expect(failures).toEqual([]);
    await using after = await server(number);
    for (const name of acknowledged) expect(after.get('configmaps', name), name).toBeDefined();
    await cluster.machine.waitFor(configMaps, after.machine.revision(configMaps));
    expect(bodies(cluster)).toEqual(bodies(after));
  });

  test('leases are renewed side by side, each under its own fence', async () => {
    await using cluster = await server(++clusters);
    const lease = (name: string, metadata: object, count: number) => ({
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name, ...metadata },
      spec: { holderIdentity: name, leaseTransitions: count },
    });
    const renew = async (name: string): Promise<void> => {
      let { object } = accepted(await cluster.create('leases', lease(name, {}, 0)));
      for (let count = 1; count <= 20; count++) {
        const { resourceVersion } = object.object().metadata;
        object = accepted(await cluster.update('leases', lease(name, { resourceVersion }, count))).object;
      }
    };
    await Promise.all(Array.from({ length: 20 }, async (_, index) => await renew(`lease-${index}`)));
    const counts = cluster.machine
      .list(leases, 'default')
      .map((object) => (object.object()['spec'] as { leaseTransitions: number }).leaseTransitions);
    expect(counts).toEqual(Array.from({ length: 20 }, () => 20));
  });
});
