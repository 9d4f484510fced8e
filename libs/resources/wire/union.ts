import { limits } from '@taffrail/platform/limits';
import type { MutableJson, MutableJsonObject } from '../json.ts';
import { MalformedBody } from './fault.ts';
import { BYTES, VARINT, WireReader } from './reader.ts';

/** Decodes a message of a type of the schema table. */
type DecodeMessage = (bytes: Uint8Array, typeName: string, target: MutableJsonObject, depth: number) => void;

/** What a value that is a schema in JSON may be instead: several schemas, true or false, or names; or an object without fields. */
export type Union = 'schemas' | 'boolean' | 'names' | 'empty';

const PACKAGE = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1';
const JSON_SCHEMA = `${PACKAGE}.JSONSchemaProps`;
const SUBRESOURCES = `${PACKAGE}.CustomResourceSubresources`;

const unions: ReadonlyMap<string, Union> = new Map([
  ['items', 'schemas'],
  ['additionalItems', 'boolean'],
  ['additionalProperties', 'boolean'],
  ['dependencies', 'names'],
]);

/** The union a field is: JSON shows one of several shapes where the wire has a message that holds each in a field of its own. */
export function unionOf(typeName: string, field: string): Union | undefined {
  if (typeName === SUBRESOURCES && field === 'status') return 'empty';
  return typeName === JSON_SCHEMA ? unions.get(field) : undefined;
}

/** Decodes a union's message into the shape it has in JSON. */
export function decodeUnion(union: Union, bytes: Uint8Array, decode: DecodeMessage, depth: number): MutableJson {
  if (depth > limits.wireNestingCount)
    throw new MalformedBody(`messages nested deeper than ${limits.wireNestingCount}`);
  if (union === 'empty') return {};
  const schemaOf = (inner: Uint8Array): MutableJsonObject => {
    const schema: MutableJsonObject = {};
    decode(inner, JSON_SCHEMA, schema, depth + 1);
    return schema;
  };
  const reader = new WireReader(bytes);
  let schema: MutableJsonObject | undefined;
  let allows = false;
  const several: MutableJson[] = [];
  while (!reader.done) {
    const { number, type } = reader.tag();
    if (number === (union === 'boolean' ? 2 : 1) && type === BYTES) schema = schemaOf(reader.bytes());
    else if (number === 1 && type === VARINT) allows = reader.varint() !== 0n;
    else if (number === 2 && type === BYTES)
      several.push(union === 'names' ? reader.string() : schemaOf(reader.bytes()));
    else reader.skip(type);
  }
  if (several.length > 0) return several;
  return schema ?? (union === 'boolean' ? allows : null);
}
