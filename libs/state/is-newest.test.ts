import { describe, expect, test } from 'vitest';
import { configMap, resourceNamed, testMachine } from './testing/machine.ts';

const configMaps = resourceNamed('configmaps');

describe('isNewest', () => {
  test('a server that is alone knows what is newest without asking', async () => {
    const { machine } = await testMachine({ soleWriter: true });
    expect(machine.isNewest(configMaps)).toBe(true);
    await machine.close();
  });

  test('one that may not be alone has to ask', async () => {
    const { machine } = await testMachine({ soleWriter: false });
    expect(machine.isNewest(configMaps)).toBe(false);
    await machine.close();
  });

  test('one that was told it is alone and meets another writer asks from then on', async () => {
    const one = await testMachine({ soleWriter: true });
    const other = await testMachine({ logs: one.logs, leases: one.leases, soleWriter: true });
    await other.create('configmaps', configMap('theirs'));
    await expect.poll(() => one.machine.isNewest(configMaps)).toBe(false);
    await Promise.all([one.machine.close(), other.machine.close()]);
  });
});
