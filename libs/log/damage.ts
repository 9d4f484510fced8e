import { OperatingError, type OperatingErrorCode } from '@taffrail/platform/failure';

const DAMAGE: readonly OperatingErrorCode[] = ['log-gap', 'log-corrupt', 'log-behind'];
const REPAIR = '"taffrail log repair"';

/**
 * What was thrown, and where it tells of a damaged log, what to do about it: the second copy in Postgres may be whole.
 * For the programs at whose edge such an error ends; readers do not know whether there is a second copy.
 */
export function withRepairAdvice(thrown: unknown): unknown {
  if (!(thrown instanceof OperatingError) || !DAMAGE.includes(thrown.code) || thrown.message.includes(REPAIR)) {
    return thrown;
  }
  const { code, message, retryable } = thrown;
  const advice = `${REPAIR} compares the log with its second copy in Postgres and restores it`;
  return new OperatingError(code, `${message}; ${advice}`, { retryable, cause: thrown });
}
