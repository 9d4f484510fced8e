import { expect, it } from 'vitest';
import type { ComponentName } from './cluster-record.ts';
import { stopOrder } from './stop-order.ts';

it('stops whoever uses another before it: agents, the runtime, the API, the stores', () => {
  const names: readonly ComponentName[] = [
    'nats',
    'postgres',
    'api',
    'controllers',
    'scheduler',
    'containerd',
    'agent',
    'agent-1',
  ];
  const groups = stopOrder(names.map((name) => ({ name }))).map((group) => group.map(({ name }) => name));
  expect(groups).toEqual([
    ['controllers', 'scheduler', 'agent', 'agent-1'],
    ['containerd'],
    ['api'],
    ['nats', 'postgres'],
  ]);
});
