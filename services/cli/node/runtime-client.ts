import { grpcChannel } from './grpc-call.ts';
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
const CALL_TIMEOUT_MS = 30_000;
const PROBE_TIMEOUT_MS = 1_000;
/** Field numbers of the CRI messages used here (runtime.v1 api.proto). */
const LIST_ITEMS = 1;
const ITEM_ID = 1;

/** A client of the runtime behind a unix socket. */
export function runtimeClient(socketPath: string): RuntimeClient {
  const channel = grpcChannel(socketPath);
  const call = (method: string, request: Buffer, timeoutMs = CALL_TIMEOUT_MS): Promise<Buffer> =>
    channel.call(`${SERVICE}/${method}`, request, timeoutMs);
  const ids = async (method: string): Promise<readonly string[]> =>
    decodeMessages(await call(method, Buffer.alloc(0)), LIST_ITEMS).map((item) => textField(item, ITEM_ID));
  return {
    version: async () => {
      await call('Version', Buffer.alloc(0), PROBE_TIMEOUT_MS);
    },
    sandboxes: () => ids('ListPodSandbox'),
    containers: () => ids('ListContainers'),
    async stopContainer(id, graceSeconds) {
      const request = Buffer.concat([encodeText(1, id), encodeVarint(2, graceSeconds)]);
      await call('StopContainer', request, graceSeconds * 1000 + CALL_TIMEOUT_MS);
    },
    async removeSandbox(id) {
      await call('StopPodSandbox', encodeText(1, id));
      await call('RemovePodSandbox', encodeText(1, id));
    },
    close: () => channel.close(),
  };
}
