import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { uid, type Uid } from '@taffrail/platform/brand';
import { OperatingError } from '@taffrail/platform/failure';
import { encodeObject, metadataOffset } from './object-bytes.ts';
import {
  envelopeBytes,
  isKeyOf,
  openObject as openEnvelope,
  readEnvelope,
  sealObject,
  unreadableObject,
} from './sealed-object.ts';

const id = uid('5a1c0f6e-0000-4000-8000-000000000001');
const key = Buffer.alloc(32, 7);
const nonce = Buffer.alloc(12, 9);
const secret = {
  kind: 'Secret',
  apiVersion: 'v1',
  metadata: {
    name: 'db',
    namespace: 'default',
    uid: id,
    labels: { app: 'shop' },
    annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{"data":{"password":"aHVudGVyMg=="}}' },
    managedFields: [{ manager: 'kubectl', fieldsV1: { 'f:data': { 'f:password': {} } } }],
  },
  data: { password: 'aHVudGVyMg==' },
};

function openObject(bytes: Uint8Array, id: Uid, dataKey: Uint8Array): Buffer {
  const envelope = readEnvelope(bytes);
  if (envelope === undefined) throw new OperatingError('log-corrupt', 'is not a sealed object');
  return openEnvelope(envelope, id, dataKey);
}

test('what is sealed opens to the same bytes, whatever they are', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string(), fc.jsonValue()),
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      fc.uint8Array({ minLength: 12, maxLength: 12 }),
      (rest, dataKey, once) => {
        const stored = encodeObject({ ...rest, kind: 'Secret', apiVersion: 'v1', metadata: { ...secret.metadata } });
        const sealed = sealObject(stored, id, dataKey, once);
        expect(openObject(sealed, id, dataKey)).toEqual(stored);
        expect(sealed.byteLength).toBeLessThanOrEqual(envelopeBytes(secret, stored.byteLength));
      },
    ),
  );
});

test('values, annotations and the names of data keys are not readable; what finds the object is', () => {
  const envelope = sealObject(encodeObject(secret), id, key, nonce);
  const text = envelope.toString();
  for (const hidden of ['hunter2', 'aHVudGVyMg', 'password', 'last-applied', 'managedFields']) {
    expect(text).not.toContain(hidden);
  }
  expect(JSON.parse(text)).toMatchObject({
    kind: 'Secret',
    apiVersion: 'v1',
    metadata: { name: 'db', namespace: 'default', uid: id, labels: { app: 'shop' } },
  });
  expect(metadataOffset(envelope)).toBeGreaterThan(0);
});

test('one altered character anywhere is noticed', () => {
  const envelope = sealObject(encodeObject(secret), id, key, nonce);
  fc.assert(
    fc.property(fc.nat(envelope.length - 1), fc.integer({ min: 1, max: 127 }), (at, flip) => {
      const altered = Buffer.from(envelope);
      altered[at] = (altered[at] ?? 0) ^ flip;
      let opened: Buffer | undefined;
      try {
        opened = openObject(altered, id, key);
      } catch (error) {
        if (!(error instanceof SyntaxError)) expect(error).toMatchObject({ code: 'log-corrupt' });
      }
      // White space between tokens or base64's unused bits may change without changing what is said.
      if (opened !== undefined) expect(opened).toEqual(encodeObject(secret));
    }),
    { numRuns: 500 },
  );
});

test('an object does not open under another uid, key, name or label', () => {
  const envelope = sealObject(encodeObject(secret), id, key, nonce);
  const replaced = (from: string, to: string): Buffer => Buffer.from(envelope.toString().replace(from, to));
  expect(() => openObject(envelope, uid('other'), key)).toThrow('was altered, or the key is another');
  expect(() => openObject(envelope, id, Buffer.alloc(32, 8))).toThrow('was altered, or the key is another');
  expect(() => openObject(replaced('"db"', '"dc"'), id, key)).toThrow('was altered');
  expect(() => openObject(replaced('"shop"', '"shoq"'), id, key)).toThrow('was altered');
});

test('an object that was never sealed is told apart, also one that quotes an envelope', () => {
  expect(readEnvelope(encodeObject(secret))).toBeUndefined();
  const quoted = sealObject(encodeObject(secret), id, key, nonce).toString();
  const quoting = { ...secret, data: { quoted }, spec: { sealed: { algorithm: 'AES-256-GCM' } } };
  expect(readEnvelope(encodeObject(quoting))).toBeUndefined();
});

test('an envelope says which key sealed it', () => {
  const envelope = readEnvelope(sealObject(encodeObject(secret), id, key, nonce));
  if (envelope === undefined) throw new Error('it is one');
  expect(isKeyOf(envelope, key)).toBe(true);
  expect(isKeyOf(envelope, Buffer.alloc(32, 8))).toBe(false);
});

test('what cannot be read any more shows what was clear and why', () => {
  const envelope = readEnvelope(sealObject(encodeObject(secret), id, key, nonce));
  if (envelope === undefined) throw new Error('it is one');
  const { name, namespace, uid: own, labels } = secret.metadata;
  const marker = {
    kind: 'Secret',
    apiVersion: 'v1',
    metadata: { name, namespace, uid: own, labels, annotations: { 'taffrail.dev/unreadable': 'purged' } },
  };
  expect(JSON.parse(unreadableObject(envelope, 'purged').toString())).toEqual(marker);
  expect(JSON.parse(unreadableObject(secret, 'purged').toString())).toEqual(marker);
});
