import { expect, test } from 'vitest';
import { commitChain, draftEvent } from '@taffrail/log/testing/drafts';
import { memoryVault } from '@taffrail/log/memory-vault';
import { revision, uid } from '@taffrail/platform/brand';
import { systemClock } from '@taffrail/platform/clock';
import type { LogEvent } from '@taffrail/log/event';
import { purgeSurvey } from './purge-survey.ts';

const KEY = { group: '', resource: 'secrets', namespace: 'default', name: 'a' };
const { signal } = new AbortController();

/** Events of one name as the log has them: of two incarnations, some written before there was encryption. */
async function mixedHistory(): Promise<readonly LogEvent[]> {
  const vault = await memoryVault();
  const event = draftEvent({ name: 'a', resource: 'secrets' });
  const [old, young] = [uid('old'), uid('young')];
  await vault.prepare([{ uid: young, created: true }]);
  const events = [
    { ...event, uid: old },
    { ...event, uid: young, object: vault.seal(young, event.object) },
    { ...event, uid: young, object: vault.seal(young, event.object) },
  ];
  return commitChain(events)
    .flatMap((commit) => commit.events)
    .toReversed();
}

test('a survey counts every incarnation and what of it stands there in clear', async () => {
  const events = await mixedHistory();
  const model = {
    position: async () =>
      ({ log: 'LOG', sequence: events[0] === undefined ? 0 : 1_000_000, hash: '', timeMs: 0 }) as never,
    history: async ({ before, limit }: { before?: number; limit: number }) =>
      events.filter((one) => before === undefined || one.revision < before).slice(0, limit),
  };
  const survey = purgeSurvey(model, { clock: systemClock });
  expect(await survey(KEY, revision(1), signal)).toEqual({ uids: ['young', 'old'], revisions: 3, clear: 1 });
});

test('a survey does not answer from a history that is behind', async () => {
  let asked = 0;
  const model = {
    position: async () => ({ log: 'LOG', sequence: ++asked < 3 ? 1 : 5, hash: '', timeMs: 0 }) as never,
    history: async () => [],
  };
  const survey = purgeSurvey(model, { clock: systemClock });
  expect(await survey(KEY, revision(5 * 1024), signal)).toEqual({ uids: [], revisions: 0, clear: 0 });
  expect(asked).toBe(3);
});
