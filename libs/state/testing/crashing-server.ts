/**
 * A server that kills itself where a crash would hurt most: `node crashing-server.ts URL SUFFIX POINT`. SUFFIX ends the names
 * of its streams. At `after-keep` a data key is durable and its commit is not published; at `before-destroy` a purge is
 * committed and its key is still there.
 */
import { connectNats } from '@taffrail/log/connect';
import { openJetStreamKeyStore } from '@taffrail/log/jetstream-key-store';
import { openJetStreamLatestLog } from '@taffrail/log/jetstream-latest-log';
import { openJetStreamLog } from '@taffrail/log/jetstream-log';
import { memoryVault } from '@taffrail/log/memory-vault';
import { systemClock } from '@taffrail/platform/clock';
import { silentLogger } from '@taffrail/platform/logger';
import { systemRandom } from '@taffrail/platform/random';
import { purges } from '@taffrail/resources/kinds/own';
import type { KubeObject } from '@taffrail/resources/object';
import { accepted, testMachine, TEST_REQUEST } from './machine.ts';

const [url = '', suffix = '', point = ''] = process.argv.slice(2);
const link = await connectNats({ url, name: 'crashing', clock: systemClock, logger: silentLogger });
const store = await openJetStreamKeyStore(link, `KEYS${suffix}`);
const die = (): Promise<never> => {
  process.kill(process.pid, 'SIGKILL');
  return new Promise<never>(() => undefined);
};
const fragile: typeof store = {
  ...store,
  async keep(uid, wrapped, signal) {
    const kept = await store.keep(uid, wrapped, signal);
    return point === 'after-keep' ? await die() : kept;
  },
  destroy: async (uid, signal) => (point === 'before-destroy' ? await die() : await store.destroy(uid, signal)),
};
const { machine, create } = await testMachine({
  logs: {
    LOG: await openJetStreamLog(link, { name: `LOG${suffix}`, trimmable: false }),
    EVENTS: await openJetStreamLog(link, { name: `EVENTS${suffix}`, trimmable: true }),
  },
  leases: await openJetStreamLatestLog(link, `LEASES${suffix}`),
  vault: await memoryVault(fragile),
  clock: systemClock,
  random: systemRandom,
});
const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'db' }, data: { a: 'aHVudGVyMg==' } };
const uid = accepted(await create('secrets', secret)).object.object().metadata.uid ?? '';
const spec = { group: '', resource: 'secrets', namespace: 'default', name: 'db', uids: [uid] };
const object = { kind: 'Purge', apiVersion: 'taffrail.dev/v1', metadata: { generateName: 'purge-' }, spec };
const target = { definition: purges, namespace: '', name: '', subresource: '' };
await machine.submit({ type: 'create', target, object: object as unknown as KubeObject }, TEST_REQUEST);
await machine.whenErased([], AbortSignal.timeout(1));
process.exitCode = 3; // it should not have come this far
