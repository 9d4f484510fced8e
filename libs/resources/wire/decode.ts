import type { MutableJsonObject } from '../json.ts';
import { fullName } from '../schema-text.ts';
import { schemaOf } from '../schema.ts';
import { MalformedBody, type WireFault } from './fault.ts';
import { decodeMessage } from './message.ts';
import { BYTES, WireReader } from './reader.ts';

/** The content type of the bodies this decodes. */
export const PROTOBUF_MEDIA_TYPE = 'application/vnd.kubernetes.protobuf';

/** What every such body begins with. */
const MAGIC = Buffer.from('k8s\0');

/** A decoded body: the object with its apiVersion and kind, as its JSON twin would parse. */
export interface DecodedBody {
  readonly apiVersion: string;
  readonly kind: string;
  readonly object: MutableJsonObject;
}

/** The kind a body must be when it does not name one itself. */
export interface ExpectedKind {
  readonly apiVersion: string;
  readonly kind: string;
}

/** Decodes a body of `application/vnd.kubernetes.protobuf`. Never throws for any bytes: what is wrong comes back as a fault. */
export function decodeBody(body: Uint8Array, expected?: ExpectedKind): DecodedBody | WireFault {
  try {
    const envelope = openEnvelope(body);
    const apiVersion = envelope.apiVersion === '' ? (expected?.apiVersion ?? '') : envelope.apiVersion;
    const kind = envelope.kind === '' ? (expected?.kind ?? '') : envelope.kind;
    const type = wireTypeName(apiVersion, kind);
    if (type === undefined) throw new MalformedBody(`no kind "${kind}" is registered for version "${apiVersion}"`);
    const object: MutableJsonObject = { kind, apiVersion };
    decodeMessage(envelope.raw, type, object);
    object['kind'] = kind;
    object['apiVersion'] = apiVersion;
    return { apiVersion, kind, object };
  } catch (thrown) {
    if (thrown instanceof MalformedBody) return { fault: true, message: thrown.message };
    throw thrown;
  }
}

/** The schema of a kind as a body names it. DeleteOptions belongs to every group; `undefined` for a kind nobody knows. */
export function wireTypeName(apiVersion: string, kind: string): string | undefined {
  const [group = '', version] = apiVersion.includes('/') ? apiVersion.split('/') : ['core', apiVersion];
  const own = fullName(`${group.split('.')[0]}.${version}.${kind}`);
  if (schemaOf(own) !== undefined) return own;
  const meta = `io.k8s.apimachinery.pkg.apis.meta.v1.${kind}`;
  return ['DeleteOptions', 'Status'].includes(kind) && schemaOf(meta) !== undefined ? meta : undefined;
}

interface Envelope {
  readonly apiVersion: string;
  readonly kind: string;
  readonly raw: Uint8Array;
}

/** `runtime.Unknown`: 1 = type meta (1 apiVersion, 2 kind), 2 = the object's bytes, 3 = content encoding, 4 = content type. */
function openEnvelope(body: Uint8Array): Envelope {
  if (body.length < MAGIC.length || MAGIC.compare(body, 0, MAGIC.length) !== 0) {
    throw new MalformedBody('the body does not begin with the bytes that mark Kubernetes protobuf');
  }
  let names: readonly [apiVersion: string, kind: string] = ['', ''];
  let raw: Uint8Array = new Uint8Array();
  let encoding = '';
  const reader = new WireReader(body, MAGIC.length);
  while (!reader.done) {
    const tag = reader.tag();
    if (tag.type !== BYTES) reader.skip(tag.type);
    else if (tag.number === 1) names = openTypeMeta(reader.bytes());
    else if (tag.number === 2) raw = reader.bytes();
    else if (tag.number === 3) encoding = reader.string();
    else reader.skip(tag.type);
  }
  if (encoding !== '') throw new MalformedBody(`content encoding "${encoding}" is not supported`);
  return { apiVersion: names[0], kind: names[1], raw };
}

function openTypeMeta(bytes: Uint8Array): readonly [apiVersion: string, kind: string] {
  let apiVersion = '';
  let kind = '';
  const reader = new WireReader(bytes);
  while (!reader.done) {
    const tag = reader.tag();
    if (tag.number === 1 && tag.type === BYTES) apiVersion = reader.string();
    else if (tag.number === 2 && tag.type === BYTES) kind = reader.string();
    else reader.skip(tag.type);
  }
  return [apiVersion, kind];
}
