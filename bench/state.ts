import { silentLogger } from '@taffrail/platform/logger';
import { systemClock } from '@taffrail/platform/clock';
import { systemRandom } from '@taffrail/platform/random';
import { memoryLatestLog } from '@taffrail/log/memory-latest-log';
import { memoryLog } from '@taffrail/log/memory-log';
import { memoryVault } from '@taffrail/log/memory-vault';
import type { KubeObject } from '@taffrail/resources/object';
import { findResource } from '@taffrail/resources/registry';
import { isRejection } from '@taffrail/machinery/rejection';
import type { Command } from '@taffrail/state/command';
import { openStateMachine } from '@taffrail/state/open-state-machine';

/*
 * What the state machine costs by itself: commands over logs in memory, so that neither disk nor network counts.
 * Prints microseconds of wall time a command. Run: node --conditions=source bench/state.ts [commands]
 */

const commands = Number(process.argv[2] ?? 5_000);
const callers = 64;
const machine = await openStateMachine({
  logs: { LOG: memoryLog('LOG'), EVENTS: memoryLog('EVENTS') },
  leases: memoryLatestLog('LEASES', systemClock.nowMs()),
  vault: await memoryVault(),
  clock: systemClock,
  random: systemRandom,
  logger: silentLogger,
  signal: new AbortController().signal,
  serviceCidr: '10.96.0.0/16',
  patchSchema: () => undefined,
  readPatched: (document) => ({ object: document as KubeObject, warnings: [] }),
});
const request = {
  actor: { user: 'bench', groups: ['system:masters'], userAgent: 'bench', address: '127.0.0.1', fieldManager: 'bench' },
  cause: { correlation: 'bench', traceparent: '' },
  dryRun: false,
};

function target(resource: string, name: string): Command['target'] {
  const definition = findResource('', 'v1', resource);
  if (definition === undefined) throw new Error(`no resource ${resource}`);
  return { definition, namespace: 'default', name, subresource: '' };
}

/** About 3 KB of JSON in 40 entries. */
function configMap(name: string): KubeObject {
  const data = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`key-${index}`, 'v'.repeat(60)]));
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, labels: { app: 'bench' } }, data };
}

/** About 3 KB of JSON once it is defaulted. */
function pod(name: string): KubeObject {
  const env = Array.from({ length: 12 }, (_, index) => ({ name: `VARIABLE_${index}`, value: 'v'.repeat(40) }));
  const probe = { httpGet: { path: '/healthz', port: 8080 } };
  const container = {
    image: 'registry.example/app:v1',
    env,
    livenessProbe: probe,
    readinessProbe: probe,
    resources: { requests: { cpu: '100m', memory: '64Mi' } },
  };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: 'bench' } },
    spec: { containers: ['a', 'b'].map((one) => ({ name: one, ...container })) },
  };
}

async function measure(title: string, makeCommand: (index: number) => Command): Promise<void> {
  let next = 0;
  const cpu = process.cpuUsage();
  const start = systemClock.monotonicMs();
  const caller = async (): Promise<void> => {
    while (next < commands) {
      const outcome = await machine.submit(makeCommand(next++), request);
      if (isRejection(outcome)) throw new Error(outcome.message);
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  const wallUs = ((systemClock.monotonicMs() - start) * 1000) / commands;
  const used = process.cpuUsage(cpu);
  const cpuUs = (used.user + used.system) / commands;
  process.stdout.write(`${title}: ${wallUs.toFixed(0)} µs wall, ${cpuUs.toFixed(0)} µs CPU a command\n`);
}

process.stdout.write(`${commands} commands, ${callers} callers\n`);
await measure('create ConfigMap 3 KB', (index) => {
  const name = `c-${index}`;
  return { type: 'create', target: target('configmaps', name), object: configMap(name) };
});
await measure('create Pod 3 KB', (index) => {
  const name = `p-${index}`;
  return { type: 'create', target: target('pods', name), object: pod(name) };
});
await measure('patch ConfigMap 3 KB', (index) => ({
  type: 'patch',
  target: target('configmaps', `c-${index}`),
  patchType: 'merge',
  patch: { data: { changed: 'yes' } },
  fieldValidation: 'Ignore',
  force: false,
}));
await measure('update ConfigMap 3 KB to what it is', (index) => {
  const name = `c-${index}`;
  const object = configMap(name);
  const data = { ...(object['data'] as object), changed: 'yes' };
  return { type: 'update', target: target('configmaps', name), object: { ...object, data } };
});
await measure('delete ConfigMap 3 KB', (index) => ({
  type: 'delete',
  target: target('configmaps', `c-${index}`),
  options: {},
}));
await machine.close();
