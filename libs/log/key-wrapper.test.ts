import { expect, test } from 'vitest';
import { uid } from '@taffrail/platform/brand';
import { systemRandom } from '@taffrail/platform/random';
import { aesKeyWrapper } from './key-wrapper.ts';

const wrapper = aesKeyWrapper(Buffer.alloc(32, 1), systemRandom);
const dataKey = Buffer.alloc(32, 2);

test('a wrapped key unwraps to itself and never looks the same twice', async () => {
  const once = await wrapper.wrap(uid('a'), dataKey);
  const twice = await wrapper.wrap(uid('a'), dataKey);
  expect(Buffer.from(once).equals(twice)).toBe(false);
  expect(Buffer.from(once).includes(dataKey)).toBe(false);
  expect(await wrapper.unwrap(uid('a'), once)).toEqual(dataKey);
  expect(await wrapper.unwrap(uid('a'), twice)).toEqual(dataKey);
});

test("another cluster's key says so", async () => {
  const other = aesKeyWrapper(Buffer.alloc(32, 3), systemRandom);
  await expect(other.unwrap(uid('a'), await wrapper.wrap(uid('a'), dataKey))).rejects.toMatchObject({
    code: 'permission',
    message: 'the data key of object a was wrapped by another cluster key',
  });
});

test('a key of another object, a damaged or a foreign one is refused', async () => {
  const wrapped = Buffer.from(await wrapper.wrap(uid('a'), dataKey));
  await expect(wrapper.unwrap(uid('b'), wrapped)).rejects.toThrow('is damaged or of another object');
  const damaged = Buffer.from(wrapped);
  damaged[30] = (damaged[30] ?? 0) ^ 1;
  await expect(wrapper.unwrap(uid('a'), damaged)).rejects.toThrow('is damaged or of another object');
  await expect(wrapper.unwrap(uid('a'), wrapped.subarray(1))).rejects.toThrow('is not one of ours');
});
