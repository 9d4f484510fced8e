import { encodeBody } from '@taffrail/resources/wire/testing/encode';
import { wireTypeName } from '@taffrail/resources/wire/decode';
import type { JsonObject } from '@taffrail/resources/json';

/** What a typed client written in Go says of a body it sends, and of answers it accepts. */
export const TYPED = {
  'content-type': 'application/vnd.kubernetes.protobuf',
  accept: 'application/vnd.kubernetes.protobuf, */*',
};

/** An object as such a client sends it. */
export function typedBody(apiVersion: string, kind: string, object: object): Uint8Array {
  const type = wireTypeName(apiVersion, kind);
  if (type === undefined) throw new Error(`${apiVersion} ${kind} has no protobuf form`);
  return encodeBody(apiVersion, kind, type, object as JsonObject);
}
