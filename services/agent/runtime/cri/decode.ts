import type {
  Container,
  ContainerPhase,
  ContainerStatus,
  ContainerUsage,
  Image,
  Sandbox,
  SandboxStatus,
} from '../port.ts';
import { POD_UID_LABEL } from '../port.ts';
import type { Reply } from './connection.ts';

type Labels = Readonly<Record<string, string>>;

export const record = (value: unknown): Reply => (typeof value === 'object' && value !== null ? (value as Reply) : {});
export const records = (value: unknown): readonly Reply[] => (Array.isArray(value) ? (value as readonly Reply[]) : []);
export const text = (value: unknown): string => (typeof value === 'string' ? value : '');
export const integer = (value: unknown): number => (typeof value === 'number' ? value : 0);
const strings = (value: unknown): readonly string[] => (Array.isArray(value) ? (value as readonly string[]) : []);
const nanosToMs = (value: unknown): number => Math.floor(integer(value) / 1e6);

const phases: Readonly<Record<string, ContainerPhase>> = {
  CONTAINER_CREATED: 'created',
  CONTAINER_RUNNING: 'running',
  CONTAINER_EXITED: 'exited',
  CONTAINER_UNKNOWN: 'unknown',
};

/** PodSandbox and PodSandboxStatus share these fields. */
export function decodeSandbox(reply: Reply): Sandbox {
  const metadata = record(reply['metadata']);
  return {
    id: text(reply['id']),
    identity: {
      name: text(metadata['name']),
      namespace: text(metadata['namespace']),
      uid: text(metadata['uid']),
      attempt: integer(metadata['attempt']),
    },
    state: reply['state'] === 'SANDBOX_READY' ? 'ready' : 'not-ready',
    createdMs: nanosToMs(reply['createdAt']),
    labels: record(reply['labels']) as Labels,
    annotations: record(reply['annotations']) as Labels,
  };
}

export function decodeSandboxStatus(reply: Reply): SandboxStatus {
  const network = record(reply['network']);
  const ips = [text(network['ip']), ...records(network['additionalIps']).map((ip) => text(ip['ip']))];
  return { ...decodeSandbox(reply), ips: ips.filter((ip) => ip !== '') };
}

/** Container and ContainerStatus share these fields, save the sandbox id, which a status does not carry. */
export function decodeContainer(reply: Reply): Container {
  const metadata = record(reply['metadata']);
  return {
    id: text(reply['id']),
    sandboxId: text(reply['podSandboxId']),
    name: text(metadata['name']),
    attempt: integer(metadata['attempt']),
    phase: phases[text(reply['state'])] ?? 'unknown',
    createdMs: nanosToMs(reply['createdAt']),
    labels: record(reply['labels']) as Labels,
    annotations: record(reply['annotations']) as Labels,
  };
}

export function decodeContainerStatus(reply: Reply): ContainerStatus {
  return {
    ...decodeContainer(reply),
    startedMs: nanosToMs(reply['startedAt']),
    finishedMs: nanosToMs(reply['finishedAt']),
    exitCode: integer(reply['exitCode']),
    reason: text(reply['reason']),
    message: text(reply['message']),
    image: text(record(reply['image'])['image']),
    imageRef: text(reply['imageRef']),
    logPath: text(reply['logPath']),
  };
}

export function decodeImage(reply: Reply): Image {
  const uid = reply['uid'];
  const username = text(reply['username']);
  return {
    id: text(reply['id']),
    tags: strings(reply['repoTags']),
    digests: strings(reply['repoDigests']),
    sizeBytes: integer(reply['size']),
    user: {
      ...(typeof uid === 'object' && uid !== null ? { uid: integer(record(uid)['value']) } : {}),
      ...(username === '' ? {} : { username }),
    },
  };
}

export function decodeUsage(reply: Reply): ContainerUsage {
  const attributes = record(reply['attributes']);
  const cpu = record(reply['cpu']);
  const memory = record(reply['memory']);
  const counter = (value: unknown): number => integer(record(value)['value']);
  return {
    containerId: text(attributes['id']),
    name: text(record(attributes['metadata'])['name']),
    podUid: (record(attributes['labels']) as Labels)[POD_UID_LABEL] ?? '',
    timestampMs: nanosToMs(cpu['timestamp']),
    cpuNanoCores: counter(cpu['usageNanoCores']),
    cpuUsageNanoSeconds: counter(cpu['usageCoreNanoSeconds']),
    memoryWorkingSetBytes: counter(memory['workingSetBytes']),
  };
}
