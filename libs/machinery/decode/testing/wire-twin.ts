import * as fc from 'fast-check';
import type { JsonObject, JsonValue } from '@taffrail/resources/json';

/*
 * A protobuf encoder that knows nothing of ours: it goes by a table of Kubernetes' messages (package, message, field, number,
 * label, type) and makes random objects together with their bytes. What JSON calls a field otherwise than the table does stands
 * here once more, on purpose.
 */

interface WireField {
  readonly name: string;
  readonly number: number;
  readonly label: string;
  /** A scalar's name, or a message's with its package. */
  readonly type: string;
}

/** A value and how it lies on the wire as the field `number`. */
export interface Twin<Value extends JsonValue = JsonValue> {
  readonly json: Value;
  readonly encode: (number: number) => Buffer;
}

export type WireMessages = ReadonlyMap<string, readonly WireField[]>;

/** Reads the table; its first line names the columns. */
export function parseWireFields(table: string): WireMessages {
  const messages = new Map<string, WireField[]>();
  for (const line of table.trim().split('\n').slice(1)) {
    const [pack = '', message = '', name = '', number = '', label = '', type = ''] = line.split('\t');
    const fields = messages.get(`${pack}.${message}`) ?? [];
    messages.set(`${pack}.${message}`, fields);
    if (name !== '-') fields.push({ name, number: Number(number), label, type: qualified(type, pack) });
  }
  return messages;
}

const SCALARS: readonly string[] = ['string', 'bytes', 'bool', 'int32', 'int64', 'double'];

function qualified(type: string, pack: string): string {
  return type
    .split(',')
    .map((part) => (SCALARS.includes(part) || part.includes('.') ? part : `${pack}.${part}`))
    .join(',');
}

/** Messages whose fields JSON shows as their holder's own. */
const INLINED: readonly string[] = [
  'deviceConfiguration',
  'ephemeralContainerCommon',
  'handler',
  'ingressRuleValue',
  'localObjectReference',
  'persistentVolumeSource',
  'rule',
  'ruleWithOperations',
  'volumeSource',
];
const SCHEMA = 'k8s.io.apiextensions_apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps';
const RENAMED: Readonly<Record<string, string>> = {
  [`${SCHEMA}.ref`]: '$ref',
  [`${SCHEMA}.schema`]: '$schema',
  'k8s.io.api.networking.v1.IngressClassParametersReference.aPIGroup': 'apiGroup',
};

function jsonName(message: string, name: string): string {
  const renamed = RENAMED[`${message}.${name}`];
  if (renamed !== undefined) return renamed;
  if (message === SCHEMA && name.startsWith('xKubernetes')) {
    return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  }
  const isKubelet = name === 'Port';
  return isKubelet ? name : `${name.charAt(0).toLowerCase()}${name.slice(1)}`;
}

function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  while (rest > 0x7fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  return Buffer.from([...bytes, Number(rest)]);
}

const tag = (number: number, layout: 0 | 1 | 2): Buffer => varint(BigInt(number * 8 + layout));
const numbered = (number: number, value: bigint): Buffer => Buffer.concat([tag(number, 0), varint(value)]);
/** A field of bytes, a string or a message. */
export const delimited = (number: number, value: Uint8Array): Buffer =>
  Buffer.concat([tag(number, 2), varint(BigInt(value.length)), value]);

const words = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'x', 'y', 'z', '0', '9'), minLength: 1, maxLength: 6 });
const text = fc.oneof({ weight: 4, arbitrary: words }, fc.constantFrom('ä', '漢', '"', '\\', '🙂'));
const seconds = fc.integer({ min: 1, max: 4_000_000_000 });
const iso = (value: number): string => new Date(value * 1000).toISOString().slice(0, 19);

function twinOf<Value extends JsonValue>(json: Value, bytes: Uint8Array): Twin<Value> {
  return { json, encode: (number) => delimited(number, bytes) };
}

const rawJson = fc
  .oneof(fc.integer(), words, fc.boolean(), fc.dictionary(words, fc.oneof(words, fc.integer()), { maxKeys: 2 }))
  .map((json): Twin => twinOf(json, delimited(1, Buffer.from(JSON.stringify(json)))));

/** Messages that JSON writes as something else than an object of their fields. */
const special: Readonly<Record<string, fc.Arbitrary<Twin>>> = {
  'k8s.io.apimachinery.pkg.apis.meta.v1.Time': seconds.map((value) =>
    twinOf(`${iso(value)}Z`, Buffer.concat([numbered(1, BigInt(value)), numbered(2, 0n)])),
  ),
  'k8s.io.apimachinery.pkg.apis.meta.v1.MicroTime': fc
    .tuple(seconds, fc.integer({ min: 0, max: 999_999 }))
    .map(([value, micros]) =>
      twinOf(
        `${iso(value)}.${String(micros).padStart(6, '0')}Z`,
        Buffer.concat([numbered(1, BigInt(value)), numbered(2, BigInt(micros * 1000))]),
      ),
    ),
  'k8s.io.apimachinery.pkg.api.resource.Quantity': fc
    .tuple(fc.integer({ min: 1, max: 999 }), fc.constantFrom('', 'm', 'Mi', 'G'))
    .map(([value, suffix]) => twinOf(`${value}${suffix}`, delimited(1, Buffer.from(`${value}${suffix}`)))),
  'k8s.io.apimachinery.pkg.util.intstr.IntOrString': fc.oneof(
    fc
      .integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })
      .map((value) =>
        twinOf(value, Buffer.concat([numbered(1, 0n), numbered(2, BigInt(value)), delimited(3, Buffer.alloc(0))])),
      ),
    words.map((value) =>
      twinOf(value, Buffer.concat([numbered(1, 1n), numbered(2, 0n), delimited(3, Buffer.from(value))])),
    ),
  ),
  'k8s.io.apimachinery.pkg.runtime.RawExtension': fc
    .dictionary(words, fc.integer(), { maxKeys: 2 })
    .map((json) => twinOf(json, delimited(1, Buffer.from(JSON.stringify(json))))),
  'k8s.io.apimachinery.pkg.apis.meta.v1.FieldsV1': fc
    .uniqueArray(words, { minLength: 1, maxLength: 3 })
    .map((names) => {
      const json = Object.fromEntries(names.map((name) => [`f:${name}`, {}]));
      return twinOf(json, delimited(1, Buffer.from(JSON.stringify(json))));
    }),
  'k8s.io.apiextensions_apiserver.pkg.apis.apiextensions.v1.JSON': rawJson,
};

function scalar(type: string): fc.Arbitrary<Twin> | undefined {
  switch (type) {
    case 'string':
      return text.map((json) => twinOf(json, Buffer.from(json)));
    case 'bytes':
      return fc
        .uint8Array({ minLength: 1, maxLength: 6 })
        .map((bytes) => twinOf(Buffer.from(bytes).toString('base64'), bytes));
    case 'bool':
      return fc.constant({ json: true, encode: (number) => numbered(number, 1n) });
    case 'int32':
      return fc
        .integer()
        .filter(Boolean)
        .map((json) => ({ json, encode: (number) => numbered(number, BigInt(json)) }));
    case 'int64':
      return fc
        .maxSafeInteger()
        .filter(Boolean)
        .map((json) => ({ json, encode: (number) => numbered(number, BigInt(json)) }));
    case 'double':
      return fc
        .double({ noNaN: true, noDefaultInfinity: true })
        .filter((value) => value !== 0)
        .map((json) => {
          const bytes = Buffer.alloc(8);
          bytes.writeDoubleLE(json);
          return { json, encode: (number) => Buffer.concat([tag(number, 1), bytes]) };
        });
    default:
      return undefined;
  }
}

/** How deep random objects go; beyond it messages are empty. */
const DEPTH = 7;

/** Random values of a message or scalar with their bytes. */
export function arbitraryTwin(messages: WireMessages, type: string, depth = 0): fc.Arbitrary<Twin> {
  const simple = scalar(type) ?? special[type];
  if (simple !== undefined) return simple;
  const short = type.slice(type.lastIndexOf('.') + 1);
  if (short.startsWith('JSONSchemaPropsOr')) return arbitraryUnion(messages, short, depth);
  const fields = messages.get(type);
  if (fields === undefined) throw new Error(`the table has no message ${type}`);
  if (short === 'ExtraValue' || short === 'Verbs') {
    return fc
      .array(text, { minLength: 1, maxLength: 2 })
      .map((list) => twinOf(list, Buffer.concat(list.map((one) => delimited(1, Buffer.from(one))))));
  }
  return arbitraryParts(messages, type, fields, depth).map(({ json, bytes }) => twinOf(json, bytes));
}

interface Parts {
  readonly json: JsonObject;
  readonly bytes: Buffer;
}

/** A message's fields, some of them: the object they are in JSON, and their bytes. */
function arbitraryParts(
  messages: WireMessages,
  type: string,
  fields: readonly WireField[],
  depth: number,
): fc.Arbitrary<Parts> {
  if (depth > DEPTH) return fc.constant({ json: {}, bytes: Buffer.alloc(0) });
  const most = Math.ceil(fields.length * (depth === 0 ? 1 : 0.4));
  return fc.subarray([...fields], { minLength: Math.min(1, most), maxLength: most }).chain((chosen) =>
    fc.tuple(...chosen.map((field) => arbitraryField(messages, type, field, depth))).map((parts) => ({
      json: Object.assign({}, ...parts.map(({ json }) => json)) as JsonObject,
      bytes: Buffer.concat(parts.map(({ bytes }) => bytes)),
    })),
  );
}

function arbitraryField(
  messages: WireMessages,
  holder: string,
  { name, number, label, type }: WireField,
  depth: number,
): fc.Arbitrary<Parts> {
  const shown = jsonName(holder, name);
  const inner = messages.get(type);
  if (INLINED.includes(name) && label === 'optional' && inner !== undefined) {
    return arbitraryParts(messages, type, inner, depth).map(({ json, bytes }) => ({
      json,
      bytes: delimited(number, bytes),
    }));
  }
  if (label === 'map') {
    const value = arbitraryTwin(messages, type.split(',')[1] ?? '', depth + 1);
    return fc.dictionary(words, value, { minKeys: 1, maxKeys: 2 }).map((map) => ({
      json: { [shown]: Object.fromEntries(Object.entries(map).map(([key, one]) => [key, one.json])) },
      bytes: Buffer.concat(
        Object.entries(map).map(([key, one]) =>
          delimited(number, Buffer.concat([delimited(1, Buffer.from(key)), one.encode(2)])),
        ),
      ),
    }));
  }
  const value = arbitraryTwin(messages, type, depth + 1);
  if (label !== 'repeated') {
    return value.map((one) => ({ json: { [shown]: one.json }, bytes: one.encode(number) }));
  }
  return fc.array(value, { minLength: 1, maxLength: 2 }).map((list) => ({
    json: { [shown]: list.map((one) => one.json) },
    bytes: Buffer.concat(list.map((one) => one.encode(number))),
  }));
}

/** A schema, or what may stand for one: several, true or false, names. */
function arbitraryUnion(messages: WireMessages, name: string, depth: number): fc.Arbitrary<Twin> {
  const schema = arbitraryTwin(messages, SCHEMA, depth + 1);
  if (name.endsWith('OrBool')) {
    return fc.oneof(
      schema.map((one) => twinOf(one.json, Buffer.concat([numbered(1, 1n), one.encode(2)]))),
      fc.boolean().map((allows) => twinOf(allows, numbered(1, allows ? 1n : 0n))),
    );
  }
  const several: fc.Arbitrary<Twin> = name.endsWith('OrArray')
    ? schema
    : text.map((json) => twinOf(json, Buffer.from(json)));
  return fc.oneof(
    schema.map((one) => twinOf(one.json, one.encode(1))),
    fc.array(several, { minLength: 1, maxLength: 2 }).map((list) =>
      twinOf(
        list.map((one) => one.json),
        Buffer.concat(list.map((one) => one.encode(2))),
      ),
    ),
  );
}

/** A whole body as client-go writes one: the mark, the kind and the message. */
export function twinBody(apiVersion: string, kind: string, twin: Twin): Buffer {
  const typeMeta = Buffer.concat([delimited(1, Buffer.from(apiVersion)), delimited(2, Buffer.from(kind))]);
  return Buffer.concat([Buffer.from('k8s\0'), delimited(1, typeMeta), twin.encode(2)]);
}
