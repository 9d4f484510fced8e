import { Client, credentials, status } from '@grpc/grpc-js';
import type { GRPCAction } from '@taffrail/resources/generated/types';
import type { HandlerResult } from './handler.ts';

const SERVING = 1;

/** Asks `grpc.health.v1.Health/Check`; its two messages are one field each, written and read by hand. */
export function grpcCheck(
  podIp: string,
  { port, service = '' }: GRPCAction,
  timeoutMs: number,
): Promise<HandlerResult> {
  const client = new Client(`${podIp}:${port}`, credentials.createInsecure());
  const name = Buffer.from(service);
  const request = service === '' ? Buffer.alloc(0) : Buffer.concat([Buffer.from([0x0a, name.length]), name]);
  return new Promise((resolve) => {
    const call = client.makeUnaryRequest(
      '/grpc.health.v1.Health/Check',
      (bytes: Buffer) => bytes,
      (bytes: Buffer) => bytes,
      request,
      (error, reply) => {
        cancel();
        client.close();
        if (error !== null) {
          const why =
            error.code === status.CANCELLED
              ? `timeout: failed to connect service "${podIp}:${port}" within ${timeoutMs / 1000}s`
              : error.details;
          resolve({ ok: false, message: why });
          return;
        }
        const state = reply?.[0] === 0x08 ? (reply[1] ?? 0) : 0;
        resolve({
          ok: state === SERVING,
          message: state === SERVING ? '' : `service unhealthy (responded with ${state})`,
        });
      },
    );
    const timeout = AbortSignal.timeout(timeoutMs);
    const onTimeout = (): void => call.cancel();
    timeout.addEventListener('abort', onTimeout, { once: true });
    const cancel = (): void => timeout.removeEventListener('abort', onTimeout);
  });
}
