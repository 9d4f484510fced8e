import { limits } from '@taffrail/platform/limits';
import type { JsonObject } from '@taffrail/resources/json';
import { findKind } from '@taffrail/resources/registry';
import { recordedBodies } from '@taffrail/resources/wire/testing/kubectl-bodies';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isRejection } from '../rejection.ts';
import { type DecodedObject, decodeObject } from './decode-object.ts';
import type { FieldValidation } from './field-validation.ts';

function kind(group: string, version: string, name: string) {
  const definition = findKind(group, version, name);
  if (definition === undefined) throw new Error(`no kind ${name}`);
  return definition;
}
const configMap = kind('', 'v1', 'ConfigMap');
const pod = kind('', 'v1', 'Pod');
const secret = kind('', 'v1', 'Secret');
const deployment = kind('apps', 'v1', 'Deployment');

interface Request {
  readonly definition?: typeof configMap;
  readonly fieldValidation?: FieldValidation;
  readonly mediaType?: string | undefined;
}

function decode(body: unknown, request: Request = {}) {
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  return decodeObject({
    bytes,
    mediaType: 'mediaType' in request ? request.mediaType : 'application/json',
    definition: request.definition ?? configMap,
    fieldValidation: request.fieldValidation ?? 'Warn',
  });
}

function accepted(...parameters: Parameters<typeof decode>): DecodedObject {
  const result = decode(...parameters);
  if (isRejection(result)) throw new Error(result.message);
  return result;
}

const metadata = { name: 'a' };

describe('identity', () => {
  test('what a body does not say of its kind is taken as expected', () => {
    expect(accepted({ metadata }).object).toEqual({ apiVersion: 'v1', kind: 'ConfigMap', metadata });
    expect(accepted({ kind: 'ConfigMap' }).object).toEqual({ apiVersion: 'v1', kind: 'ConfigMap', metadata: {} });
    expect(accepted({ metadata }, { definition: deployment }).object).toMatchObject({ apiVersion: 'apps/v1' });
  });

  test.each<[string, unknown, string]>([
    [
      'another kind whose own fields do not fit',
      { apiVersion: 'v1', kind: 'Secret', metadata, data: { a: '1' } },
      'Secret in version "v1" cannot be handled as a ConfigMap: illegal base64 data at input byte 0',
    ],
    [
      'another kind',
      { apiVersion: 'v1', kind: 'Pod', metadata },
      'Pod in version "v1" cannot be handled as a ConfigMap: converting (v1.Pod) to (core.ConfigMap): unknown conversion',
    ],
    [
      'a version that does not exist',
      { apiVersion: 'v2', kind: 'ConfigMap', metadata },
      'ConfigMap in version "v2" cannot be handled as a ConfigMap: no kind "ConfigMap" is registered for version "v2" in scheme "pkg/api/legacyscheme/scheme.go:30"',
    ],
    [
      'a group that does not exist',
      { apiVersion: 'x.example/v1', kind: 'ConfigMap', metadata },
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: no kind "ConfigMap" is registered for version "x.example/v1" in scheme "pkg/api/legacyscheme/scheme.go:30"',
    ],
  ])('%s is refused', (_name, body, message) => {
    expect(decode(body)).toMatchObject({ code: 400, reason: 'BadRequest', message });
  });

  test.each<[string, string]>([
    ['half a body', '{"apiVersion":'],
    ['an empty body', ''],
    ['white space', ' \n'],
    ['a list', '[]'],
    ['null', 'null'],
    ['two values', '{}{}'],
    ['a kind that is no text', '{"kind":1}'],
    ['an apiVersion with two slashes', '{"apiVersion":"a/b/c"}'],
    ['a number out of range', '{"data":1e999}'],
    ['absurd nesting', '{"a":'.repeat(100_000) + '1' + '}'.repeat(100_000)],
    ['a list nested too deep', '['.repeat(limits.jsonDepthCount + 1) + ']'.repeat(limits.jsonDepthCount + 1)],
  ])('%s is refused', (_name, body) => {
    expect(decode(body)).toMatchObject({
      code: 400,
      reason: 'BadRequest',
      message: expect.stringContaining('the object provided is unrecognized (must be of type ConfigMap)'),
    });
  });

  test('formats we do not read are refused with those we do', () => {
    expect(decode({}, { mediaType: 'text/plain' })).toMatchObject({
      code: 415,
      reason: 'UnsupportedMediaType',
      message:
        'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf',
    });
    expect(accepted({ metadata }, { mediaType: 'application/json; charset=utf-8' }).object.metadata).toEqual(metadata);
    expect(accepted({ metadata }, { mediaType: undefined }).object.metadata).toEqual(metadata);
  });
});

describe('unknown and duplicate fields', () => {
  const unknown = { metadata: { name: 'a', colour: 'red' }, data: { a: '1' }, spec: { x: 1 } };
  const duplicate = '{"metadata":{"name":"c"},"data":{"a":"1","a":"2"}}';

  test('are dropped and warned of', () => {
    expect(accepted(unknown)).toEqual({
      object: { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { a: '1' } },
      warnings: ['unknown field "metadata.colour"', 'unknown field "spec"'],
    });
    expect(accepted(duplicate)).toMatchObject({ object: { data: { a: '2' } }, warnings: ['duplicate field "data.a"'] });
  });

  test('are dropped silently when the request ignores them', () => {
    expect(accepted(unknown, { fieldValidation: 'Ignore' }).warnings).toEqual([]);
    expect(accepted(duplicate, { fieldValidation: 'Ignore' }).warnings).toEqual([]);
  });

  test('are refused when the request is strict', () => {
    expect(decode(unknown, { fieldValidation: 'Strict' })).toMatchObject({
      code: 400,
      message:
        'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "metadata.colour", unknown field "spec"',
    });
    expect(decode(duplicate, { fieldValidation: 'Strict' })).toMatchObject({
      message:
        'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: duplicate field "data.a"',
    });
  });

  test('are named by their whole path', () => {
    const body =
      '{"spec":{"containers":[{"name":"c","imagee":"x","ports":[{"containerPrt":80}],"image":"a","image":"b"}],"Containers":[]}}';
    expect(accepted(body, { definition: pod }).warnings).toEqual([
      'unknown field "spec.containers[0].imagee"',
      'unknown field "spec.containers[0].ports[0].containerPrt"',
      'unknown field "spec.Containers"',
      'duplicate field "spec.containers[0].image"',
    ]);
  });

  test('colons and quotes inside texts are no members', () => {
    const body = String.raw`{"metadata":{"name":"a"},"data":{"a":"{\"b\": [\\\",:]}","c:d":"::"}}`;
    expect(accepted(body).warnings).toEqual([]);
  });
});

describe('values', () => {
  test('nulls, and what is empty or zero where Kubernetes leaves it out, are dropped', () => {
    const body = {
      metadata: { name: 'p', labels: {}, annotations: null, finalizers: [], generateName: '' },
      spec: {
        containers: [{ name: 'c', image: null, env: [], resources: { limits: {} }, stdin: false, securityContext: {} }],
        volumes: [{ name: 'v', emptyDir: {} }],
        terminationGracePeriodSeconds: 0,
        hostNetwork: false,
        automountServiceAccountToken: false,
      },
      status: null,
    };
    expect(accepted(body, { definition: pod }).object).toEqual({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p' },
      spec: {
        containers: [{ name: 'c', resources: {}, securityContext: {} }],
        volumes: [{ name: 'v', emptyDir: {} }],
        terminationGracePeriodSeconds: 0,
        automountServiceAccountToken: false,
      },
    });
  });

  test('empty texts in maps stay, and null there is the zero value', () => {
    expect(accepted({ data: { a: '', b: null } }).object).toMatchObject({ data: { a: '', b: '' } });
  });

  test('times, quantities and base64 take their canonical form', () => {
    const given = {
      metadata: { creationTimestamp: '2026-11-21T10:00:00.7+02:00' },
      spec: { containers: [{ name: 'c', resources: { limits: { cpu: 0.5, memory: '1024Mi' } } }] },
    };
    expect(accepted(given, { definition: pod }).object).toMatchObject({
      metadata: { creationTimestamp: '2026-11-21T08:00:00Z' },
      spec: { containers: [{ resources: { limits: { cpu: '500m', memory: '1Gi' } } }] },
    });
    const encoded = accepted({ data: { a: 'aGVs\nbG8=', b: '', c: 'AB==' } }, { definition: secret });
    expect(encoded.object).toMatchObject({ data: { a: 'aGVsbG8=', b: '', c: 'AA==' } });
    const lease = accepted(
      { spec: { renewTime: '2026-11-21T10:00:00.1234567Z' } },
      { definition: kind('coordination.k8s.io', 'v1', 'Lease') },
    );
    expect(lease.object).toMatchObject({ spec: { renewTime: '2026-11-21T10:00:00.123456Z' } });
  });

  test.each<[string, unknown, string]>([
    [
      'a number for a text',
      { data: { a: 1 } },
      'json: cannot unmarshal number into Go struct field ConfigMap.data.a of type string',
    ],
    [
      'a text for a map',
      { data: 'x' },
      'json: cannot unmarshal string into Go struct field ConfigMap.data of type map[string]string',
    ],
    [
      'a list for an object',
      { metadata: [] },
      'json: cannot unmarshal array into Go struct field ConfigMap.metadata of type v1.ObjectMeta',
    ],
    [
      'a text for a boolean',
      { immutable: 'yes' },
      'json: cannot unmarshal string into Go struct field ConfigMap.immutable of type bool',
    ],
    [
      'a fraction for an integer',
      { metadata: { generation: 1.5 } },
      'json: cannot unmarshal number 1.5 into Go struct field ConfigMap.metadata.generation of type int64',
    ],
    [
      'an integer JSON cannot keep',
      '{"metadata":{"generation":9007199254740993}}',
      'json: cannot unmarshal number 9007199254740992 into Go struct field ConfigMap.metadata.generation of type int64',
    ],
    [
      'a time that is none',
      { metadata: { creationTimestamp: 'soon' } },
      'parsing time "soon" as "2006-01-02T15:04:05Z07:00": cannot parse "soon" as "2006"',
    ],
  ])('%s is refused', (_name, body, why) => {
    expect(decode(body)).toMatchObject({
      code: 400,
      message: `ConfigMap in version "v1" cannot be handled as a ConfigMap: ${why}`,
    });
  });

  test.each<[string, number]>([
    ['1', 0],
    ['a', 0],
    ['aGVsbG8', 4],
    ['aGVs*', 4],
    ['aG\nVsb', 5],
    ['aGVsbG8===', 8],
  ])('base64 %j is illegal at byte %i', (text, offset) => {
    expect(decode({ data: { a: text } }, { definition: secret })).toMatchObject({
      message: expect.stringContaining('illegal base64 data at input byte'),
    });
    if (text !== 'aGVsbG8===') {
      expect(decode({ data: { a: text } }, { definition: secret })).toMatchObject({
        message: expect.stringMatching(new RegExp(`byte ${offset}$`)),
      });
    }
  });

  test('a quantity that is none is refused', () => {
    const body = { spec: { containers: [{ resources: { limits: { cpu: 'much' } } }] } };
    expect(decode(body, { definition: pod })).toMatchObject({
      message: expect.stringContaining('quantities must match'),
    });
  });

  test('half a surrogate pair becomes the replacement character', () => {
    expect(accepted(String.raw`{"data":{"a":"\ud800x","b":"\ud83d\ude00"}}`).object).toMatchObject({
      data: { a: '\ufffdx', b: '😀' },
    });
  });

  test('__proto__ is a key like any other', () => {
    const { object } = accepted('{"data":{"__proto__":"x"}}');
    expect(JSON.stringify(object['data'])).toBe('{"__proto__":"x"}');
    expect(accepted('{"__proto__":{"x":1}}').warnings).toEqual(['unknown field "__proto__"']);
  });
});

describe('YAML', () => {
  const yaml = (text: string, definition = configMap) => accepted(text, { mediaType: 'application/yaml', definition });

  test('is read as YAML 1.1 without dates and base-60 numbers', () => {
    const text = `apiVersion: v1
kind: Pod
metadata:
  name: p
  labels: {version: "1.20"}
spec:
  hostNetwork: yes
  automountServiceAccountToken: Off
  activeDeadlineSeconds: 0777
  containers:
  - name: c
    args: [2001-12-14, 12:30:45, "yes"]
`;
    expect(yaml(text, pod).object).toMatchObject({
      metadata: { labels: { version: '1.20' } },
      spec: {
        hostNetwork: true,
        automountServiceAccountToken: false,
        activeDeadlineSeconds: 511,
        containers: [{ args: ['2001-12-14', '12:30:45', 'yes'] }],
      },
    });
  });

  test('knows anchors, merge keys, block texts and keys that are no texts', () => {
    const text = 'x: &base {a: "1"}\ndata:\n  <<: *base\n  b: |\n    line\n  1: "one"\n  true: "t"\n';
    expect(yaml(text).object).toMatchObject({ data: { a: '1', b: 'line\n', '1': 'one', true: 't' } });
  });

  test('JSON is YAML', () => {
    expect(yaml('{"metadata":{"name":"a"}}').object.metadata).toEqual(metadata);
    expect(yaml('{metadata: {name: a}}').object.metadata).toEqual(metadata);
  });

  test('keys set twice are warned of with their line', () => {
    expect(yaml('data:\n  a: "1"\n  a: "2"\n').warnings).toEqual([
      'yaml: unmarshal errors:\n  line 3: key "a" already set in map',
    ]);
  });

  test.each<[string, string]>([
    ['two documents', 'a: 1\n---\nb: 2\n'],
    ['nothing', '# only a comment\n'],
    ['broken YAML', 'a: [\n'],
    ['a scalar', 'text'],
    [
      'aliases that grow without bound',
      `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefgh'
        .split('')
        .map((name, i) => `${name}: &${name} [${Array<string>(9).fill(`*${'abcdefg'[i]}`).join(',')}]`)
        .join('\n')}\n`,
    ],
    ['absurd nesting', '['.repeat(20_000)],
    ['a tag that is unknown', 'data: !!js/function "x"\nmetadata: !!binary 1\nkind: 3\n'],
  ])('%s is refused', (_name, text) => {
    expect(decode(text, { mediaType: 'application/yaml' })).toMatchObject({ code: 400 });
  });
});

describe('protobuf', () => {
  const mediaType = 'application/vnd.kubernetes.protobuf';
  const ofRegisteredKinds = recordedBodies.flatMap((recorded) => {
    const json = recorded.json as { readonly apiVersion: string; readonly kind: string };
    const [group = '', version = json.apiVersion] = json.apiVersion.includes('/')
      ? json.apiVersion.split('/')
      : ['', json.apiVersion];
    const definition = findKind(group, version, json.kind);
    return definition === undefined ? [] : [{ ...recorded, definition }];
  });

  test.each(ofRegisteredKinds)('$command decodes to what its JSON twin decodes to', ({ body, json, definition }) => {
    const bytes = Buffer.from(body, 'hex');
    const binary = decodeObject({ bytes, mediaType, definition, fieldValidation: 'Strict' });
    expect(binary).toEqual(accepted(json, { definition }));
    expect(isRejection(binary)).toBe(false);
  });

  test('another kind, or no protobuf at all, is refused', () => {
    const [recorded] = recordedBodies;
    const bytes = Buffer.from(recorded?.body ?? '', 'hex');
    expect(decodeObject({ bytes, mediaType, definition: configMap, fieldValidation: 'Warn' })).toMatchObject({
      code: 400,
      message: expect.stringContaining('cannot be handled as a ConfigMap'),
    });
    expect(decode('{}', { mediaType })).toMatchObject({ code: 400 });
  });
});

describe('any body', () => {
  test('is either decoded or refused with 400', () => {
    const mutations = fc.tuple(
      fc.constantFrom('metadata', 'data', 'kind', 'apiVersion', 'binaryData', 'immutable'),
      fc.jsonValue(),
    );
    fc.assert(
      fc.property(
        fc.array(mutations, { maxLength: 4 }),
        fc.constantFrom<FieldValidation>('Ignore', 'Warn', 'Strict'),
        (members, fieldValidation) => {
          const result = decode(Object.fromEntries(members) as JsonObject, { fieldValidation });
          if (isRejection(result)) expect(result.code).toBe(400);
          else expect(accepted(result.object, { fieldValidation: 'Strict' }).object).toEqual(result.object);
        },
      ),
      { numRuns: 1000 },
    );
  });

  test('random bytes are refused, whatever they are said to be', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 40 }),
        fc.constantFrom('application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf'),
        (bytes, mediaType) => {
          const result = decodeObject({ bytes, mediaType, definition: configMap, fieldValidation: 'Warn' });
          if (isRejection(result)) expect(result.code).toBe(400);
        },
      ),
      { numRuns: 2000 },
    );
  });
});
