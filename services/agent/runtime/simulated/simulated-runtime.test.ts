import { expect, test } from 'vitest';
import { systemClock } from '@taffrail/platform/clock';
import { seededRandom } from '@taffrail/platform/random';
import { runtimeContract } from '../runtime.suite.ts';
import { addressPool } from './address-pool.ts';
import { simulatedRuntime } from './simulated-runtime.ts';

runtimeContract('simulated', async () => {
  const image = 'registry.local/shell:1';
  const runtime = simulatedRuntime({
    clock: systemClock,
    random: seededRandom(7),
    podCidr: '10.1.0.0/24',
    sandboxStartMs: 1,
    containerStartMs: 1,
    imagePullMs: 1,
    images: [image],
  });
  return { runtime, image, logRoot: '/nowhere', cgroupRoot: '/', close: () => Promise.resolve(runtime.close()) };
});

test('addresses are unique until they are given back, and running out is refused', () => {
  const pool = addressPool('10.1.2.0/29');
  const taken = [pool.take(), pool.take(), pool.take(), pool.take(), pool.take()];
  expect(taken).toEqual(['10.1.2.2', '10.1.2.3', '10.1.2.4', '10.1.2.5', '10.1.2.6']);
  expect(() => pool.take()).toThrow('no address is left');
  pool.free('10.1.2.4');
  expect(pool.take()).toBe('10.1.2.4');
});
