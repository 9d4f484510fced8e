import { OperatingError } from '@taffrail/platform/failure';
import { limits } from '@taffrail/platform/limits';

/** Runs a read and gives up on it when no answer comes. */
export type AnswerBound = <Result>(read: () => Promise<Result>) => Promise<Result>;

/**
 * A Postgres that hangs keeps its connections open and answers nothing, so a read of it would wait for ever. Each read
 * here rejects with OperatingError `unavailable` after `answerMs`; and while `readsCount` of them are without an answer,
 * given up on or not, another one is refused at once, so that what waits for the driver stays bounded.
 */
export function answerBound(
  answerMs: number = limits.databaseAnswerMs,
  readsCount: number = limits.databaseReadsCount,
): AnswerBound {
  let unanswered = 0;
  return async (read) => {
    if (unanswered >= readsCount) throw unavailable(`${unanswered} reads wait for it already`);
    unanswered++;
    const answer = read().finally(() => unanswered--);
    const patience = AbortSignal.timeout(answerMs);
    let giveUp = (): void => undefined;
    const silence = new Promise<never>((_resolve, reject) => {
      giveUp = () => reject(unavailable(`no answer within ${answerMs} ms`));
      patience.addEventListener('abort', giveUp, { once: true });
    });
    try {
      return await Promise.race([answer, silence]);
    } finally {
      patience.removeEventListener('abort', giveUp);
    }
  };
}

function unavailable(why: string): OperatingError {
  return new OperatingError('unavailable', `Postgres does not answer: ${why}`);
}
