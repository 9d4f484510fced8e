/**
 * Makes `runtime/cri/descriptor.json` from a table of the CRI's messages (columns kind, message, field, number, type, repeated).
 * Usage: node generate/cri-descriptor.ts TABLE.tsv. Keeps only what the RPCs in `USED` reach; names become camelCase,
 * which the wire does not see.
 */
import { readFileSync, writeFileSync } from 'node:fs';

const USED = [
  'Version',
  'Status',
  'RunPodSandbox',
  'StopPodSandbox',
  'RemovePodSandbox',
  'PodSandboxStatus',
  'ListPodSandbox',
  'CreateContainer',
  'StartContainer',
  'StopContainer',
  'RemoveContainer',
  'ListContainers',
  'ContainerStatus',
  'ExecSync',
  'Exec',
  'Attach',
  'PortForward',
  'ReopenContainerLog',
  'ListContainerStats',
  'ListPodSandboxStats',
  'ListImages',
  'ImageStatus',
  'PullImage',
  'RemoveImage',
  'ImageFsInfo',
];

interface Field {
  readonly name: string;
  readonly id: number;
  readonly type: string;
  readonly repeated: string;
}

const camel = (name: string): string => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
const path = process.argv[2];
if (path === undefined) throw new Error('usage: node generate/cri-descriptor.ts TABLE.tsv');
const messages = new Map<string, Field[]>();
const enums = new Map<string, Record<string, number>>();
const services = new Map<string, Record<string, { requestType: string; responseType: string }>>();
for (const line of readFileSync(path, 'utf8').trim().split('\n').slice(1)) {
  const [kind = '', owner = '', field = '', number = '', type = '', repeated = ''] = line.split('\t');
  if (kind === 'rpc') {
    const [, service = '', name = ''] = /v1\.(\w+)\/(\w+)/.exec(owner) ?? [];
    if (!USED.includes(name)) continue;
    services.set(service, { ...services.get(service), [name]: { requestType: field, responseType: type } });
  } else if (kind === 'enum') {
    enums.set(owner, { ...enums.get(owner), [field]: Number(number) });
  } else {
    const fields = messages.get(owner) ?? [];
    if (number !== '') fields.push({ name: camel(field), id: Number(number), type, repeated });
    messages.set(owner, fields);
  }
}

const nested: Record<string, unknown> = {};
const include = (type: string): void => {
  if (nested[type] !== undefined) return;
  const values = enums.get(type);
  if (values !== undefined && !type.includes('.')) {
    nested[type] = { values };
    return;
  }
  const fields = messages.get(type);
  if (fields === undefined) return;
  const own: Record<string, unknown> = {};
  const inner: Record<string, unknown> = {};
  nested[type] = {};
  for (const { name, id, type: fieldType, repeated } of fields) {
    const map = /^map<(\w+),(\w+)>$/.exec(fieldType);
    if (map !== null) own[name] = { keyType: map[1], type: map[2], id };
    else own[name] = { ...(repeated === 'yes' ? { rule: 'repeated' } : {}), type: fieldType.split('.').at(-1), id };
    const nestedEnum = enums.get(fieldType);
    if (fieldType.startsWith(`${type}.`) && nestedEnum !== undefined) {
      inner[fieldType.slice(type.length + 1)] = { values: nestedEnum };
    } else {
      include(fieldType);
    }
  }
  nested[type] = { fields: own, ...(Object.keys(inner).length === 0 ? {} : { nested: inner }) };
};
for (const [service, methods] of services) {
  for (const { requestType, responseType } of Object.values(methods)) {
    include(requestType);
    include(responseType);
  }
  nested[service] = { methods };
}

const events = {
  Timestamp: { fields: { seconds: { type: 'int64', id: 1 }, nanos: { type: 'int32', id: 2 } } },
  Any: { fields: { typeUrl: { type: 'string', id: 1 }, value: { type: 'bytes', id: 2 } } },
  SubscribeRequest: { fields: { filters: { rule: 'repeated', type: 'string', id: 1 } } },
  Envelope: {
    fields: {
      timestamp: { type: 'Timestamp', id: 1 },
      namespace: { type: 'string', id: 2 },
      topic: { type: 'string', id: 3 },
      event: { type: 'Any', id: 4 },
    },
  },
  Events: {
    methods: { Subscribe: { requestType: 'SubscribeRequest', responseType: 'Envelope', responseStream: true } },
  },
};
const descriptor = {
  options: { syntax: 'proto3' },
  nested: {
    runtime: { nested: { v1: { nested } } },
    containerd: { nested: { services: { nested: { events: { nested: { v1: { nested: events } } } } } } },
  },
};
writeFileSync(new URL('../runtime/cri/descriptor.json', import.meta.url), `${JSON.stringify(descriptor)}\n`);
