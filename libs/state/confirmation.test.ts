import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Confirmation } from './confirmation.ts';

function questions(): { readonly asked: PromiseWithResolvers<void>[]; readonly confirmation: Confirmation } {
  const asked: PromiseWithResolvers<void>[] = [];
  const confirmation = new Confirmation(async () => {
    const question = Promise.withResolvers<void>();
    asked.push(question);
    await question.promise;
  });
  return { asked, confirmation };
}

test('who asks while an answer is on its way gets one that was asked for later, together with all like them', async () => {
  const { asked, confirmation } = questions();
  const first = confirmation.wait();
  let answered = 0;
  const later = Array.from({ length: 10 }, () => confirmation.wait().then(() => answered++));
  await turn();
  expect(asked).toHaveLength(1);
  asked[0]?.resolve();
  await first;
  await turn();
  expect([asked.length, answered]).toEqual([2, 0]);
  asked[1]?.resolve();
  await Promise.all(later);
  expect([asked.length, answered]).toEqual([2, 10]);
  void confirmation.wait();
  expect(asked).toHaveLength(3);
});

test('a failed question fails those who waited for it and no later one', async () => {
  const { asked, confirmation } = questions();
  const first = confirmation.wait();
  const second = confirmation.wait();
  asked[0]?.reject(new Error('away'));
  await expect(first).rejects.toThrow('away');
  await turn();
  asked[1]?.resolve();
  await second;
});

test('who stops waiting hears why, and the others go on', async () => {
  const { asked, confirmation } = questions();
  const stop = new AbortController();
  const stopped = confirmation.wait(stop.signal);
  const other = confirmation.wait();
  stop.abort(new Error('gone'));
  await expect(stopped).rejects.toThrow('gone');
  asked[0]?.resolve();
  await turn();
  asked[1]?.resolve();
  await other;
});
