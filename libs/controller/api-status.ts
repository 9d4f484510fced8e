import { isJsonObject } from '@taffrail/resources/json';
import { ApiFailure } from './api-client.ts';

/** The failure an answer with an error status stands for: its `metav1.Status`, or what can be told without one. */
export function apiFailure(httpStatus: number, body: string, retryAfterHeader: string | undefined): ApiFailure {
  const retryAfter =
    retryAfterHeader !== undefined && /^\d+$/.test(retryAfterHeader) ? Number(retryAfterHeader) : undefined;
  const status = parseStatus(body);
  if (status === undefined) {
    return new ApiFailure(
      httpStatus,
      '',
      body.trim() === '' ? `the server answered ${httpStatus}` : body.trim(),
      retryAfter,
    );
  }
  return failureOf(status, httpStatus, retryAfter);
}

/** The failure of a watch's ERROR event. */
export function watchFailure(object: unknown): ApiFailure {
  if (!isJsonObject(object))
    return new ApiFailure(500, '', 'the watch ended with an error the server did not describe');
  return failureOf(object, 500, undefined);
}

function failureOf(
  status: Readonly<Record<string, unknown>>,
  code: number,
  retryAfter: number | undefined,
): ApiFailure {
  const details = isJsonObject(status['details']) ? status['details'] : {};
  const told = details['retryAfterSeconds'];
  return new ApiFailure(
    typeof status['code'] === 'number' ? status['code'] : code,
    typeof status['reason'] === 'string' ? status['reason'] : '',
    typeof status['message'] === 'string' ? status['message'] : `the server answered ${code}`,
    retryAfter ?? (typeof told === 'number' ? told : undefined),
  );
}

function parseStatus(body: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return isJsonObject(value) && value['kind'] === 'Status' ? value : undefined;
  } catch {
    return undefined; // not JSON: the text itself is the message
  }
}
