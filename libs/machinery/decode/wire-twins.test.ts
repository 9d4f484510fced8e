import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { apiVersionOf } from '@taffrail/resources/object';
import { allResources } from '@taffrail/resources/registry';
import { decodeBody } from '@taffrail/resources/wire/decode';
import { isWireFault } from '@taffrail/resources/wire/fault';
import type { JsonObject } from '@taffrail/resources/json';
import { isRejection } from '../rejection.ts';
import { decodeDeleteOptions } from './decode-delete-options.ts';
import { decodeObject, type ExpectedKind } from './decode-object.ts';
import { arbitraryTwin, parseWireFields, twinBody, type Twin, type WireMessages } from './testing/wire-twin.ts';

/*
 * A protobuf body of each kind decodes to what its JSON twin decodes to. Bodies and twins are made from a table of Kubernetes'
 * messages that is not ours, where it is there; what kubectl was recorded to send is looked at in any case (decode-object.test.ts).
 */

const table = path.resolve(import.meta.dirname, '../../../../shared/kubernetes/wire-fields.tsv');
const isThere = existsSync(table);
if (!isThere) {
  console.warn(
    `NOT RUN: the protobuf bodies of every kind are not compared with their JSON twins, for ${table} is missing`,
  );
}
const messages: WireMessages = isThere ? parseWireFields(readFileSync(table, 'utf8')) : new Map();
const MEDIA_TYPE = 'application/vnd.kubernetes.protobuf';
const META = 'k8s.io.apimachinery.pkg.apis.meta.v1';

const messageOf = (schema: string): string =>
  schema
    .replace('io.k8s.apiextensions-apiserver', 'k8s.io.apiextensions_apiserver')
    .replace('io.k8s.kube-aggregator', 'k8s.io.kube_aggregator')
    .replace(/^io\.k8s\./, 'k8s.io.');

const kinds: readonly ExpectedKind[] = [
  ...allResources(),
  { group: '', version: 'v1', kind: 'Binding', schema: 'io.k8s.api.core.v1.Binding' },
  { group: 'autoscaling', version: 'v1', kind: 'Scale', schema: 'io.k8s.api.autoscaling.v1.Scale' },
  { group: 'policy', version: 'v1', kind: 'Eviction', schema: 'io.k8s.api.policy.v1.Eviction' },
];

const twin = (type: string): fc.Arbitrary<Twin> => arbitraryTwin(messages, type);

describe.skipIf(!isThere)('a protobuf body', () => {
  test.each(kinds)('of kind $kind in $group/$version is its JSON twin', (definition) => {
    const { group, version, kind, schema } = definition;
    const apiVersion = apiVersionOf(group, version);
    fc.assert(
      fc.property(twin(messageOf(schema)), (one) => {
        const json = { kind, apiVersion, metadata: {}, ...(one.json as JsonObject) };
        const shared = { definition, fieldValidation: 'Strict' } as const;
        const binary = decodeObject({ ...shared, bytes: twinBody(apiVersion, kind, one), mediaType: MEDIA_TYPE });
        const bytes = Buffer.from(JSON.stringify(json));
        expect(binary).toEqual(decodeObject({ ...shared, bytes, mediaType: 'application/json' }));
        expect(isRejection(binary) ? binary.message : binary.object).toEqual(json);
      }),
      { numRuns: 25 },
    );
  });

  test.each(['v1', 'apps/v1', 'meta.k8s.io/v1', 'policy/v1'])(
    'of DeleteOptions as %s is its JSON twin',
    (apiVersion) => {
      fc.assert(
        fc.property(twin(`${META}.DeleteOptions`), (one) => {
          const bytes = twinBody(apiVersion, 'DeleteOptions', one);
          const json = Buffer.from(JSON.stringify({ kind: 'DeleteOptions', apiVersion, ...(one.json as JsonObject) }));
          const decoded = decodeDeleteOptions({ bytes, mediaType: MEDIA_TYPE });
          expect(decoded).toMatchObject(one.json as JsonObject);
          expect(decoded).toEqual(decodeDeleteOptions({ bytes: json, mediaType: 'application/json' }));
        }),
        { numRuns: 100 },
      );
    },
  );
});

describe('bytes that are no body', () => {
  const header = twinBody('v1', 'Pod', { json: {}, encode: () => Buffer.alloc(0) });
  // The whole measure is a hundred thousand inputs, for which TAFFRAIL_WIRE_INPUTS can ask.
  const inputs = Number(process.env['TAFFRAIL_WIRE_INPUTS'] ?? 5_000);

  test('never make the decoder throw', { timeout: 600_000 }, () => {
    const schemas = kinds.map(({ group, version, kind }) => [apiVersionOf(group, version), kind] as const);
    const random = fc
      .tuple(fc.constantFrom(...schemas), fc.uint8Array({ maxLength: 120 }))
      .map(([[apiVersion, kind], bytes]) =>
        twinBody(apiVersion, kind, {
          json: {},
          encode: () => Buffer.concat([Buffer.from([0x12, bytes.length]), bytes]),
        }),
      );
    const damaged = fc
      .tuple(
        isThere ? twin('k8s.io.api.core.v1.Pod') : fc.constant({ json: {}, encode: () => header }),
        fc.nat(),
        fc.nat(),
      )
      .map(([one, at, value]) => {
        const body = twinBody('v1', 'Pod', one);
        body[at % body.length] = value % 256;
        return body;
      });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 120 }), random, damaged), (bytes) => {
        const result = decodeBody(bytes);
        expect(isWireFault(result) ? result.message : result.kind).not.toBe('');
      }),
      { numRuns: inputs },
    );
  });
});
