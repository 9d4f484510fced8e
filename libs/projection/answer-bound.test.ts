import { expect, test } from 'vitest';
import { answerBound } from './answer-bound.ts';

test('an answer in time is passed on, and so is a failure', async () => {
  const bound = answerBound(1_000, 1);
  await expect(bound(async () => 7)).resolves.toBe(7);
  await expect(bound(() => Promise.reject(new Error('no such column')))).rejects.toThrow('no such column');
});

test('a read without an answer is given up on as unavailable', async () => {
  const silent = answerBound(10, 1)(() => new Promise(() => undefined));
  await expect(silent).rejects.toMatchObject({ code: 'unavailable', retryable: true });
});

test('reads beyond the bound are refused at once until one of the silent ones is answered', async () => {
  const bound = answerBound(10, 1);
  const late = Promise.withResolvers<string>();
  await expect(bound(() => late.promise)).rejects.toMatchObject({ code: 'unavailable' });
  await expect(bound(async () => 'second')).rejects.toThrow('1 reads wait for it already');
  late.resolve('first');
  await late.promise;
  await expect.poll(() => bound(async () => 'third').catch(() => 'refused')).toBe('third');
});
