import { limits } from '@taffrail/platform/limits';

export interface NatsConfig {
  readonly port: number;
  /** Where JetStream keeps its streams. */
  readonly storeDir: string;
  readonly token: string;
  /** Bound of all file streams together. */
  readonly fileStoreBytes: number;
}

/**
 * The server's configuration file.
 * `sync_interval: always` is what makes an acknowledged commit survive a power cut: the default loses two minutes.
 */
export function natsConfig(config: NatsConfig): string {
  return `# Written at every start; changes are lost.
server_name: taffrail
host: "127.0.0.1"
port: ${config.port}
max_payload: ${limits.natsMaxPayloadBytes}
max_control_line: ${limits.natsMaxControlLineBytes}
max_pending: ${limits.natsMaxPendingBytes}
write_deadline: "10s"
authorization { token: "${config.token}" }
jetstream {
  store_dir: ${JSON.stringify(config.storeDir)}
  sync_interval: always
  max_memory_store: ${limits.natsMemoryStoreBytes}
  max_file_store: ${config.fileStoreBytes}
}
`;
}
