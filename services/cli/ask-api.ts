import { systemClock } from '@taffrail/platform/clock';
import { OperatingError } from '@taffrail/platform/failure';
import { limits } from '@taffrail/platform/limits';
import { refusalText } from './refusal-text.ts';

interface Answered {
  readonly status: number;
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/**
 * The answer of an API server. One that asks to come back later has not acted: it is asked again, within bounds. Throws
 * OperatingError with the text of a refusal.
 */
export async function askApi(ask: () => Promise<Answered>, signal: AbortSignal): Promise<Answered> {
  for (let attempt = 1; ; attempt++) {
    const answer = await ask();
    const { status, body, headers } = answer;
    if (status < 400) return answer;
    const seconds = Number(headers['retry-after']);
    const later = (status === 429 || status === 503) && Number.isFinite(seconds);
    if (!later || attempt >= limits.apiRetriesCount) {
      throw new OperatingError('unavailable', refusalText(status, body.toString()), { retryable: false });
    }
    await systemClock.sleep(Math.min(seconds * 1000, limits.apiRetryAfterMs), signal);
  }
}
