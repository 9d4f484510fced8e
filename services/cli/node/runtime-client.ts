import { Client, credentials, type ServiceError } from '@grpc/grpc-js';
import type { Clock } from '@taffrail/platform/clock';
import { OperatingError } from '@taffrail/platform/failure';
import { decodeMessages, encodeText, encodeVarint, textField } from './protobuf.ts';

/** The few runtime calls the command line itself makes: to end every pod of a node before its runtime stops. */
export interface RuntimeClient {
  /** Resolves when the runtime answers. */
  version(): Promise<void>;
  sandboxes(): Promise<readonly string[]>;
  containers(): Promise<readonly string[]>;
  stopContainer(id: string, graceSeconds: number): Promise<void>;
  removeSandbox(id: string): Promise<void>;
  close(): void;
}

const SERVICE = '/runtime.v1.RuntimeService';
/** Field numbers of the CRI messages used here (runtime.v1 api.proto). */
const LIST_ITEMS = 1;
const ITEM_ID = 1;

/** A client of the runtime behind a unix socket. */
export function runtimeClient(socket: string, clock: Clock): RuntimeClient {
  const client = new Client(`unix://${socket}`, credentials.createInsecure());
  const call = (method: string, request: Buffer, timeoutMs = 30_000): Promise<Buffer> =>
    new Promise((resolve, reject) => {
      client.makeUnaryRequest(
        `${SERVICE}/${method}`,
        (message: Buffer) => message,
        (message: Buffer) => message,
        request,
        { deadline: clock.nowMs() + timeoutMs },
        (error: ServiceError | null, answer?: Buffer) => {
          if (error === null) resolve(answer ?? Buffer.alloc(0));
          else reject(new OperatingError('runtime', `${method}: ${error.details}`, { cause: error }));
        },
      );
    });
  const ids = async (method: string): Promise<readonly string[]> =>
    decodeMessages(await call(method, Buffer.alloc(0)), LIST_ITEMS).map((item) => textField(item, ITEM_ID));
  return {
    version: async () => {
      await call('Version', Buffer.alloc(0), 1_000);
    },
    sandboxes: () => ids('ListPodSandbox'),
    containers: () => ids('ListContainers'),
    async stopContainer(id, graceSeconds) {
      const request = Buffer.concat([encodeText(1, id), encodeVarint(2, graceSeconds)]);
      await call('StopContainer', request, (graceSeconds + 30) * 1000);
    },
    async removeSandbox(id) {
      await call('StopPodSandbox', encodeText(1, id));
      await call('RemovePodSandbox', encodeText(1, id));
    },
    close: () => client.close(),
  };
}
