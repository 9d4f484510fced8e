import type { Readable } from 'node:stream';
import { RejectedRequest, type Rejection } from '@taffrail/machinery/rejection';

/** A body beyond the bound. */
export function requestEntityTooLarge(limitBytes: number): Rejection {
  return {
    rejected: true,
    reason: 'RequestEntityTooLarge',
    code: 413,
    message: `Request entity too large: limit is ${limitBytes}`,
  };
}

/**
 * Reads a request's whole body. Rejects with RejectedRequest 413 as soon as it is clear that it exceeds `limitBytes`
 * (by its announced length, or by what has come), and with 400 when the client breaks off.
 */
export function readBody(source: Readable, announcedBytes: number | undefined, limitBytes: number): Promise<Buffer> {
  if (announcedBytes !== undefined && announcedBytes > limitBytes) {
    source.resume();
    return Promise.reject(new RejectedRequest(requestEntityTooLarge(limitBytes)));
  }
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const stop = (): void => {
      source.off('data', take);
      source.off('end', finish);
      source.off('error', broken);
      source.off('close', broken);
    };
    const take = (chunk: Buffer): void => {
      bytes += chunk.length;
      chunks.push(chunk);
      if (bytes <= limitBytes) return;
      stop();
      // Without a reader the rest would fill the connection's window and stall the other requests on it.
      source.on('error', ignoreLateError);
      source.resume();
      reject(new RejectedRequest(requestEntityTooLarge(limitBytes)));
    };
    const finish = (): void => {
      stop();
      source.on('error', ignoreLateError);
      const first = chunks[0];
      resolve(chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks, bytes));
    };
    const broken = (): void => {
      stop();
      source.on('error', ignoreLateError);
      reject(
        new RejectedRequest({ rejected: true, reason: 'BadRequest', code: 400, message: 'unexpected end of body' }),
      );
    };
    source.on('data', take);
    source.on('end', finish);
    source.on('error', broken);
    source.on('close', broken);
  });
}

/** The client's connection breaking after its request was read concerns the answer only, which notices by itself. */
function ignoreLateError(): void {
  // Nothing to do: `close` follows and ends the response.
}

/** The `content-length` header as a number; undefined when absent or malformed. */
export function announcedLength(header: string | undefined): number | undefined {
  if (header === undefined || !/^\d{1,15}$/.test(header)) return undefined;
  return Number(header);
}
