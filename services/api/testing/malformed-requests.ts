import * as fc from 'fast-check';
import { allResources } from '@taffrail/resources/registry';

/** A request nobody in their right mind sends. */
export interface MalformedRequest {
  readonly method: string;
  readonly path: string;
  readonly body: string | Uint8Array | undefined;
  readonly mediaType: string;
}

const OPTIONS = [
  'limit',
  'continue',
  'resourceVersion',
  'resourceVersionMatch',
  'labelSelector',
  'fieldSelector',
  'dryRun',
  'fieldValidation',
  'fieldManager',
  'force',
  'propagationPolicy',
  'gracePeriodSeconds',
  'orphanDependents',
  'pretty',
  'includeObject',
  'container',
  'tailLines',
];

/** Text with the marks that selectors, numbers and tokens are made of. */
const optionText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }).map((text) => text.toWellFormed()),
  fc.string({
    unit: fc.constantFrom('a', 'B', '1', '=', '!', ',', '(', ')', ' ', 'in', 'notin', '<', '>', '/', '.', '-'),
    maxLength: 12,
  }),
  fc.constantFrom('All', 'Strict', 'true', '0', '-1', '9007199254740993', 'metadata.name=a', 'a in (b'),
);

const query = fc
  .array(fc.tuple(fc.constantFrom(...OPTIONS), optionText), { maxLength: 4 })
  .map((pairs) => new URLSearchParams(pairs.map(([name, value]): [string, string] => [name, value])).toString());

const segment = fc.oneof(
  fc.constantFrom('api', 'apis', 'v1', 'apps', 'namespaces', 'default', 'pods', 'configmaps', 'log', 'scale', 'at'),
  fc.string({ maxLength: 8 }).map((text) => encodeURIComponent(text.toWellFormed())),
  fc.constantFrom('%', '%zz', '%00', '%2F', '..', '.', '', '%ff', 'a'.repeat(300)),
);
const wildPath = fc.array(segment, { maxLength: 8 }).map((segments) => `/${segments.join('/')}`);

const collections = allResources()
  .filter(({ storage }) => storage !== 'latest')
  .map(({ group, version, resource, namespaced }) => {
    const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
    return namespaced ? `${root}/namespaces/default/${resource}` : `${root}/${resource}`;
  });
const itemPath = fc
  .tuple(
    fc.constantFrom(...collections),
    fc.constantFrom('', '/a', '/kubernetes', '/default'),
    fc.constantFrom(
      '',
      '',
      '',
      '/status',
      '/scale',
      '/eviction',
      '/binding',
      '/finalize',
      '/approval',
      '/ephemeralcontainers',
      '/resize',
    ),
  )
  .map(([collection, name, subresource]) => `${collection}${name}${name === '' ? '' : subresource}`);

const MEDIA_TYPES = [
  'application/json',
  'application/yaml',
  'application/vnd.kubernetes.protobuf',
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
  'text/plain',
  ';;',
] as const;

/** JSON of the right outline with anything inside. */
const object = fc.record(
  {
    apiVersion: fc.oneof(fc.constantFrom('v1', 'apps/v1', 'a/b/c'), fc.jsonValue()),
    kind: fc.oneof(fc.constantFrom('ConfigMap', 'Pod', 'Deployment', 'Scale', 'List'), fc.jsonValue()),
    metadata: fc.record(
      {
        name: fc.oneof(fc.constantFrom('a', 'kubernetes'), fc.jsonValue()),
        labels: fc.jsonValue(),
        annotations: fc.jsonValue(),
        finalizers: fc.jsonValue(),
        ownerReferences: fc.jsonValue(),
        managedFields: fc.jsonValue(),
        resourceVersion: fc.jsonValue(),
      },
      { requiredKeys: [] },
    ),
    spec: fc.jsonValue(),
    status: fc.jsonValue(),
    data: fc.jsonValue(),
    $patch: fc.jsonValue(),
  },
  { requiredKeys: [] },
);
const operations = fc.array(
  fc.record({
    op: fc.constantFrom('add', 'remove', 'replace', 'move', 'copy', 'test', 'x'),
    path: fc.constantFrom('', '/spec', '/spec/replicas', '/metadata/-', '/metadata/labels', '/a~2', 'x'),
    from: fc.constantFrom('', '/spec', '/metadata', '/data'),
    value: fc.jsonValue(),
  }),
  { maxLength: 3 },
);

const body = fc.oneof(
  fc.constant(undefined),
  object.map((value) => JSON.stringify(value)),
  operations.map((value) => JSON.stringify(value)),
  fc.jsonValue().map((value) => JSON.stringify(value)),
  fc.uint8Array({ maxLength: 200 }),
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.concat([Buffer.from('k8s\0'), bytes])),
  fc.string({ unit: 'binary', maxLength: 100 }).map((text) => text.toWellFormed()),
);

/** Random requests: paths, options, selectors, bodies and patches, most of them close to something that is served. */
export const malformedRequest: fc.Arbitrary<MalformedRequest> = fc
  .record({
    method: fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'PATCH', 'DELETE', 'OPTIONS'),
    path: fc.oneof({ weight: 3, arbitrary: itemPath }, { weight: 1, arbitrary: wildPath }),
    query,
    body,
    mediaType: fc.constantFrom(...MEDIA_TYPES),
  })
  .filter(({ path, query: asked }) => !path.includes('watch') && !asked.includes('watch'))
  .map(({ method, path, query: asked, body: sent, mediaType }) => ({
    method,
    path: asked === '' ? path : `${path}?${asked}`,
    // A deletion of everything at once would leave nothing to try the next request on.
    body: method === 'GET' || method === 'OPTIONS' ? undefined : sent,
    mediaType,
  }));
