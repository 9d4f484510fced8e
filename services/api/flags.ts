import { isIPv4 } from 'node:net';
import { parseArgs } from 'node:util';
import { clusterKeyFile } from '@taffrail/log/cluster-key';
import { parseDuration } from '@taffrail/platform/duration';
import { messageOf } from '@taffrail/platform/failure';
import { allResources } from '@taffrail/resources/registry';
import { encryptedResources } from '@taffrail/resources/encrypted-resources';
import { TELEMETRY_OPTIONS, telemetryFlags, type TelemetryFlags } from '@taffrail/telemetry/telemetry';
import { isLoopback } from './api-endpoints/advertised-address.ts';

/** How an API server is told to run. */
export interface ApiFlags {
  readonly dataDir: string;
  readonly port: number;
  readonly bindAddress: string;
  /** Where pods find this server; absent: where it listens. */
  readonly advertiseAddress?: string;
  readonly natsUrl: string;
  readonly databaseUrl: string;
  readonly serviceCidr: string;
  /** How long core/v1 Events are kept. */
  readonly eventTtlMs: number;
  /** Resources that are encrypted beside those that always are. */
  readonly encrypt: readonly string[];
  /** File of the key that wraps all data keys. */
  readonly clusterKeyFile: string;
  /** No other API server writes to this NATS server. */
  readonly soleWriter: boolean;
  /** The cluster has never run: an empty log is a new one, and the projection need not be asked. */
  readonly firstStart?: boolean;
  readonly telemetry: TelemetryFlags;
}

export const USAGE =
  'usage: taffrail api --data-dir DIR --nats-url URL --database-url URL [--port 6443] [--bind-address 127.0.0.1] [--advertise-address ADDRESS] [--service-cidr 10.96.0.0/16] [--event-ttl 30d] [--encrypt RESOURCE,…] [--cluster-key FILE] [--sole-writer] [--first-start] [--metrics-address ADDRESS:PORT] [--otlp-endpoint URL]';

/** Reads the command line; a text says what is wrong with it. */
export function parseFlags(args: readonly string[]): ApiFlags | string {
  let values;
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: {
        'data-dir': { type: 'string' },
        port: { type: 'string', default: '6443' },
        'bind-address': { type: 'string', default: '127.0.0.1' },
        'nats-url': { type: 'string' },
        'database-url': { type: 'string' },
        'advertise-address': { type: 'string' },
        'service-cidr': { type: 'string', default: '10.96.0.0/16' },
        'event-ttl': { type: 'string', default: '30d' },
        encrypt: { type: 'string', multiple: true, default: [] },
        'cluster-key': { type: 'string' },
        'sole-writer': { type: 'boolean', default: false },
        'first-start': { type: 'boolean', default: false },
        ...TELEMETRY_OPTIONS,
      },
    }));
  } catch (thrown) {
    return messageOf(thrown);
  }
  const { 'data-dir': dataDir, 'nats-url': natsUrl, 'database-url': databaseUrl } = values;
  if (dataDir === undefined) return '--data-dir is missing';
  if (natsUrl === undefined) return '--nats-url is missing';
  if (databaseUrl === undefined) return '--database-url is missing';
  const port = Number(values.port);
  if (!/^\d{1,5}$/.test(values.port) || port > 65_535) return `--port ${values.port} is not a port`;
  const advertiseAddress = values['advertise-address'];
  if (advertiseAddress !== undefined && !(isIPv4(advertiseAddress) && !isLoopback(advertiseAddress))) {
    return `--advertise-address ${advertiseAddress} is no IPv4 address that others reach`;
  }
  const eventTtlMs = parseDuration(values['event-ttl']);
  if (eventTtlMs === undefined) return `--event-ttl ${values['event-ttl']} is not a time like 30d, 12h, 90m or 60s`;
  const encrypt = values.encrypt.flatMap((text) => text.split(',')).filter((name) => name !== '');
  const encrypted = encryptedResources(allResources(), encrypt);
  if (typeof encrypted === 'string') return `--encrypt: ${encrypted}`;
  const telemetry = telemetryFlags(values);
  if (typeof telemetry === 'string') return telemetry;
  return {
    dataDir,
    port,
    bindAddress: values['bind-address'],
    ...(advertiseAddress === undefined ? {} : { advertiseAddress }),
    natsUrl,
    databaseUrl,
    serviceCidr: values['service-cidr'],
    eventTtlMs,
    encrypt,
    clusterKeyFile: values['cluster-key'] ?? clusterKeyFile(dataDir),
    soleWriter: values['sole-writer'],
    firstStart: values['first-start'],
    telemetry,
  };
}
