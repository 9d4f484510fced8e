import { isIPv4 } from 'node:net';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { parseDuration } from '@taffrail/platform/duration';
import { UsageError } from '../failure.ts';

/** What `taffrail up` was asked for, checked. */
export interface UpOptions {
  readonly dataDir?: string;
  readonly port: number;
  readonly bindAddress: string;
  /** Where pods find the API server; absent: where it listens. */
  readonly advertiseAddress?: string;
  readonly runtime: 'auto' | 'containerd' | 'simulated';
  readonly simulatedNodes: number;
  readonly natsUrl?: string;
  readonly databaseUrl?: string;
  readonly natsServer?: string;
  readonly podCidr: string;
  readonly serviceCidr: string;
  readonly nodeName: string;
  readonly install: boolean;
  /** Whether namespaces get the CA of Services beside that of the API server. */
  readonly serviceCa: boolean;
  /** Resources that are encrypted beside Secrets. */
  readonly encrypt: readonly string[];
  /** How long core/v1 Events are kept, e.g. `30d`; absent: as the API server has it. */
  readonly eventTtl?: string;
  /** Where every service sends its traces and metrics. */
  readonly otlpEndpoint?: string;
  /** Directory for a CPU profile of each service, written when it ends. */
  readonly cpuProfileDir?: string;
}

/** The flags as commander hands them over: text, or nothing. */
export interface UpFlags {
  readonly dataDir?: string;
  readonly port?: string;
  readonly bindAddress?: string;
  readonly advertiseAddress?: string;
  readonly runtime?: string;
  readonly simulatedNodes?: string;
  readonly natsUrl?: string;
  readonly databaseUrl?: string;
  readonly natsServer?: string;
  readonly podCidr?: string;
  readonly serviceCidr?: string;
  readonly nodeName?: string;
  readonly install?: boolean;
  readonly serviceCa?: boolean;
  readonly encrypt?: string;
  readonly eventTtl?: string;
  readonly otlpEndpoint?: string;
  readonly cpuProf?: string;
}

const RUNTIMES = ['auto', 'containerd', 'simulated'] as const;
const SIMULATED_NODES_MAXIMUM = 100;

/** Checks the flags. Throws UsageError with one sentence. */
export function upOptions(flags: UpFlags): UpOptions {
  const runtime = RUNTIMES.find((name) => name === (flags.runtime ?? 'auto'));
  if (runtime === undefined) throw new UsageError(`--runtime is one of ${RUNTIMES.join(', ')}, not "${flags.runtime}"`);
  const bindAddress = flags.bindAddress ?? '127.0.0.1';
  if (!isIPv4(bindAddress)) throw new UsageError(`--bind-address is an IPv4 address, not "${bindAddress}"`);
  const { advertiseAddress } = flags;
  if (advertiseAddress !== undefined && (!isIPv4(advertiseAddress) || advertiseAddress.startsWith('127.'))) {
    throw new UsageError(`--advertise-address is an IPv4 address that others reach, not "${advertiseAddress}"`);
  }
  const podCidr = ipv4Range('--pod-cidr', flags.podCidr ?? '10.244.0.0/24');
  const serviceCidr = ipv4Range('--service-cidr', flags.serviceCidr ?? '10.96.0.0/16');
  if (overlap(podCidr, serviceCidr))
    throw new UsageError(`--pod-cidr ${podCidr} and --service-cidr ${serviceCidr} overlap`);
  const nodeName = flags.nodeName ?? defaultNodeName(hostname());
  if (!/^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/.test(nodeName)) {
    throw new UsageError(`--node-name is a DNS name in lower case, not "${nodeName}"`);
  }
  if (flags.eventTtl !== undefined && parseDuration(flags.eventTtl) === undefined) {
    throw new UsageError(`--event-ttl is a time like 30d, 12h, 90m or 60s, not "${flags.eventTtl}"`);
  }
  const encrypt = (flags.encrypt ?? '').split(',').filter((name) => name !== '');
  const { otlpEndpoint } = flags;
  if (otlpEndpoint !== undefined && !/^https?:\/\/./.test(otlpEndpoint)) {
    throw new UsageError(`--otlp-endpoint is a URL such as http://127.0.0.1:4318, not "${otlpEndpoint}"`);
  }
  return {
    port: integer('--port', flags.port ?? '6443', 1, 65_535),
    bindAddress,
    runtime,
    simulatedNodes: integer('--simulated-nodes', flags.simulatedNodes ?? '0', 0, SIMULATED_NODES_MAXIMUM),
    podCidr,
    serviceCidr,
    nodeName,
    install: flags.install ?? true,
    serviceCa: flags.serviceCa ?? true,
    encrypt,
    ...(flags.eventTtl === undefined ? {} : { eventTtl: flags.eventTtl }),
    ...(advertiseAddress === undefined ? {} : { advertiseAddress }),
    ...(flags.dataDir === undefined ? {} : { dataDir: flags.dataDir }),
    ...(flags.natsUrl === undefined ? {} : { natsUrl: flags.natsUrl }),
    ...(flags.databaseUrl === undefined ? {} : { databaseUrl: flags.databaseUrl }),
    ...(flags.natsServer === undefined ? {} : { natsServer: flags.natsServer }),
    ...(otlpEndpoint === undefined ? {} : { otlpEndpoint }),
    ...(flags.cpuProf === undefined ? {} : { cpuProfileDir: resolve(flags.cpuProf) }),
  };
}

function integer(flag: string, text: string, minimum: number, maximum: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= minimum && value <= maximum) return value;
  throw new UsageError(`${flag} is a number from ${minimum} to ${maximum}, not "${text}"`);
}

/** A machine's name as a node's name: lower case, and only what Kubernetes allows. */
export function defaultNodeName(host: string): string {
  const name = host
    .toLowerCase()
    .replaceAll(/[^a-z0-9.-]/g, '-')
    .replaceAll(/^[-.]+|[-.]+$/g, '');
  return name === '' ? 'node' : name;
}

function ipv4Range(flag: string, text: string): string {
  const [address = '', bits = ''] = text.split('/', 2);
  const length = /^\d{1,2}$/.test(bits) ? Number(bits) : Number.NaN;
  if (!isIPv4(address) || !(length >= 8 && length <= 29)) {
    throw new UsageError(`${flag} is an IPv4 range such as 10.244.0.0/24 (/8 to /29), not "${text}"`);
  }
  return text;
}

/** Whether two IPv4 ranges share an address. */
export function overlap(one: string, other: string): boolean {
  const [first, second] = [one, other].map((range) => {
    const [address = '', bits = '0'] = range.split('/', 2);
    const number = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
    return { number, size: 2 ** (32 - Number(bits)) };
  });
  if (first === undefined || second === undefined) return false;
  const size = Math.max(first.size, second.size);
  return Math.floor(first.number / size) === Math.floor(second.number / size);
}
