import { constants, type ClientHttp2Stream } from 'node:http2';
import { messageOf, OperatingError } from '@taffrail/platform/failure';

/** Reads the body of one HTTP/2 answer as it arrives. */
export interface BodyReader {
  /** The chunks. Throws OperatingError `unavailable` when the body breaks off before its end. To be called once. */
  chunks(): AsyncGenerator<Uint8Array, void>;
}

/**
 * Listens to a stream from its very beginning: an answer can arrive whole, and its stream be over, before whoever asked
 * comes to read it. (Node's own iterator, begun late, calls that a premature close.) Reads only as fast as it is asked.
 */
export function bodyReader(stream: ClientHttp2Stream): BodyReader {
  const seen: { ended: boolean; closed: boolean; failure: unknown } = {
    ended: false,
    closed: false,
    failure: undefined,
  };
  let wake: (() => void) | undefined;
  const step = (): void => wake?.();
  stream.on('readable', step);
  stream.on('end', () => {
    seen.ended = true;
    step();
  });
  stream.on('error', (error) => {
    seen.failure = error;
    step();
  });
  stream.on('close', () => {
    seen.closed = true;
    step();
  });
  const change = async (): Promise<void> => {
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
    wake = undefined;
  };

  return {
    async *chunks() {
      try {
        for (;;) {
          const chunk: unknown = stream.read();
          if (chunk instanceof Uint8Array) yield chunk;
          else if (seen.ended || seen.closed || seen.failure !== undefined) break;
          else await change();
        }
        // Whether this was the body's end or a break is told by how the stream closes.
        while (!seen.closed) await change();
      } finally {
        // The consumer left early: tell the server that nobody reads on.
        if (!stream.closed) stream.close(constants.NGHTTP2_CANCEL);
      }
      const { ended, failure } = seen;
      if (ended && failure === undefined && !stream.aborted && stream.rstCode === constants.NGHTTP2_NO_ERROR) return;
      const why = failure === undefined ? `HTTP/2 error ${stream.rstCode}` : messageOf(failure);
      throw new OperatingError('unavailable', `the API server's answer broke off: ${why}`, { cause: failure });
    },
  };
}
