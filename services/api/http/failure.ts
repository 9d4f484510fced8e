import { OperatingError, messageOf } from '@taffrail/platform/failure';
import type { Logger } from '@taffrail/platform/logger';
import { RejectedRequest, type Rejection } from '@taffrail/machinery/rejection';
import { internalError, unavailable } from './rejections.ts';

/** What a client is told of something that was thrown; undefined when the client has gone. What is a bug is logged whole. */
export function rejectionOf(thrown: unknown, clientGone: boolean, logger: Logger): Rejection | undefined {
  if (thrown instanceof RejectedRequest) return thrown.rejection;
  if (clientGone) return undefined;
  if (thrown instanceof OperatingError) {
    logger.warn({ code: thrown.code, error: thrown.message }, 'a request could not be served');
    return operating(thrown);
  }
  logger.error({ err: thrown }, 'a request failed');
  return internalError('the server met an error it did not expect; its log says more');
}

/** Room on a disk does not come back within a moment. */
const STORAGE_RETRY_SECONDS = 10;

function operating(error: OperatingError): Rejection {
  if (error.code === 'storage-full') {
    const details = { retryAfterSeconds: STORAGE_RETRY_SECONDS };
    return { rejected: true, reason: 'ServiceUnavailable', code: 503, message: messageOf(error), details };
  }
  if (error.code === 'timeout') {
    return {
      rejected: true,
      reason: 'Timeout',
      code: 504,
      message: `Timeout: ${error.message}`,
      details: { retryAfterSeconds: 1 },
    };
  }
  return error.retryable
    ? unavailable(error.message)
    : { rejected: true, reason: 'ServiceUnavailable', code: 503, message: error.message };
}
