import { afterEach, beforeEach, expect, test } from 'vitest';
import { uid } from '@taffrail/platform/brand';
import type { KeyStore } from './key-store.ts';

/** The contract of KeyStore. `open` gives an empty store; the suite closes it. */
export function keyStoreSuite(open: () => Promise<KeyStore>): void {
  let store: KeyStore;
  const { signal } = new AbortController();
  const a = uid('5a1c0f6e-0000-4000-8000-00000000000a');
  const b = uid('5a1c0f6e-0000-4000-8000-00000000000b');
  const bytes = (text: string): Buffer => Buffer.from(text);
  beforeEach(async () => {
    store = await open();
  });
  afterEach(async () => {
    await store.close();
  });

  test('a new store knows nothing', async () => {
    expect(await store.get(a)).toBeUndefined();
    expect(await store.load(signal)).toEqual(new Map());
  });

  test('a kept key is found by its uid and by nothing else', async () => {
    expect(await store.keep(a, bytes('key of a'))).toEqual({ state: 'kept', wrapped: bytes('key of a') });
    expect(await store.get(a)).toEqual({ state: 'kept', wrapped: bytes('key of a') });
    expect(await store.get(b)).toBeUndefined();
  });

  test('of several that keep a key for one uid the first wins, and all learn its key', async () => {
    const results = await Promise.all(['x', 'y', 'z'].map(async (text) => await store.keep(a, bytes(text))));
    const kept = await store.get(a);
    expect(kept?.state).toBe('kept');
    for (const result of results) expect(result).toEqual(kept);
  });

  test('a destroyed key is gone for good: it is remembered as destroyed and never kept again', async () => {
    await store.keep(a, bytes('key of a'));
    await store.keep(b, bytes('key of b'));
    await store.destroy(a);
    expect(await store.get(a)).toEqual({ state: 'destroyed' });
    expect(await store.keep(a, bytes('another'))).toEqual({ state: 'destroyed' });
    expect(await store.load(signal)).toEqual(
      new Map([
        [a, { state: 'destroyed' }],
        [b, { state: 'kept', wrapped: bytes('key of b') }],
      ]),
    );
  });

  test('destroying again, at the same time, or an unknown uid does no harm', async () => {
    await store.keep(a, bytes('key of a'));
    await Promise.all([store.destroy(a), store.destroy(a)]);
    await store.destroy(a);
    await store.destroy(b);
    expect(await store.get(a)).toEqual({ state: 'destroyed' });
    expect(await store.keep(b, bytes('too late'))).toEqual({ state: 'destroyed' });
  });
}
