import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { DISCOVERY_DIFFERENCES } from '@taffrail/machinery/openapi/testing/known-differences';
import { isRejection } from '@taffrail/machinery/rejection';
import { servedResources } from '@taffrail/resources/registry';
import { describe, expect, test } from 'vitest';
import { parseRequest } from '../http/parsed-request.ts';
import { FakeExchange } from '../testing/fake-exchange.ts';
import { apiDocuments } from './documents.ts';

const documents = apiDocuments(servedResources(), '127.0.0.1:6443');
const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

function ask(url: string, headers: Readonly<Record<string, string>> = {}, method = 'GET') {
  const exchange = new FakeExchange({ url, headers, method });
  const request = parseRequest(method, exchange.path, exchange.query);
  if (request?.type !== 'path') throw new Error(`${url} is no plain path`);
  return { exchange, result: documents.answer(exchange, request) };
}

interface Resource {
  readonly resource: string;
  readonly subresources?: readonly unknown[];
}
interface Group {
  readonly metadata: { readonly name?: string };
  readonly versions: readonly { readonly version: string; readonly resources: readonly Resource[] }[];
}

/** What a document says of each resource, by its place. */
function resourcesOf(groups: readonly Group[]): ReadonlyMap<string, Resource> {
  return new Map(
    groups.flatMap(({ metadata, versions }) =>
      versions.flatMap(({ version, resources }) =>
        resources.map((one): [string, Resource] => [`${metadata.name}/${version}/${one.resource}`, one]),
      ),
    ),
  );
}

const reference = path.resolve(import.meta.dirname, '../../../../shared/kubernetes/discovery-v1.36.json');
const missing = !existsSync(reference);
if (missing) console.warn(`NOT COMPARED with the discovery document of Kubernetes v1.36: there is no ${reference}`);

describe.skipIf(missing)('discovery against the document of Kubernetes v1.36', () => {
  const expected = missing
    ? []
    : (JSON.parse(readFileSync(reference, 'utf8')) as { readonly items: readonly Group[] }).items;
  const found = ask('/apis', { accept: AGGREGATED }).exchange.json['items'] as readonly Group[];
  const listed = (place: string): boolean => DISCOVERY_DIFFERENCES.some((known) => known.covers(place));

  test('every resource, verb, subresource and short name is the same, or listed with its reason', () => {
    const theirs = [...resourcesOf(expected)].filter(([place]) => !listed(place));
    expect(theirs.length).toBeGreaterThan(60);
    expect(Object.fromEntries(resourcesOf(found))).toEqual(Object.fromEntries(theirs));
  });

  test('what is listed as different is so', () => {
    const ours = resourcesOf(found);
    for (const [place] of resourcesOf(expected)) if (listed(place)) expect(ours.has(place), place).toBe(false);
    for (const known of DISCOVERY_DIFFERENCES) {
      expect([...resourcesOf(expected).keys()].some((place) => known.covers(place))).toBe(true);
    }
  });

  test('groups and versions come in the same order', () => {
    const order = (groups: readonly Group[]): readonly string[] =>
      groups.flatMap(({ metadata, versions }) =>
        versions.map(({ version }) => `${metadata.name}/${version}/`).filter((place) => !listed(place)),
      );
    expect(order(found)).toEqual(order(expected));
  });
});

describe('discovery', () => {
  test('says the same of the core group plain and aggregated', () => {
    const plain = ask('/api/v1').exchange.json['resources'] as readonly { readonly name: string }[];
    const [core] = ask('/api', { accept: AGGREGATED }).exchange.json['items'] as readonly Group[];
    const names = core?.versions.flatMap(({ resources }) =>
      resources.flatMap(({ resource, subresources = [] }) => [
        resource,
        ...subresources.map((one) => `${resource}/${(one as { readonly subresource: string }).subresource}`),
      ]),
    );
    expect(plain.map(({ name }) => name)).toEqual(names);
    expect(plain.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['bindings', 'componentstatuses', 'nodes/proxy', 'pods/exec', 'serviceaccounts/token']),
    );
  });

  test('of a kind that is kept nowhere promises no storage', () => {
    const { resources } = ask('/apis/authorization.k8s.io/v1').exchange.json as {
      readonly resources: readonly { readonly verbs: unknown; readonly storageVersionHash?: string }[];
    };
    expect(resources).toHaveLength(4);
    for (const one of resources) {
      expect(one.verbs).toEqual(['create']);
      expect(one.storageVersionHash).toBeUndefined();
    }
  });

  test('is not sent again to who has it, in either form', () => {
    for (const accept of ['application/json', AGGREGATED]) {
      const etag = ask('/apis', { accept }).exchange.headers['etag'] as string;
      const { exchange } = ask('/apis', { accept, 'if-none-match': `"other", ${etag}` });
      expect([exchange.status, exchange.text]).toEqual([304, '']);
    }
    const plain = ask('/apis').exchange.headers['etag'];
    expect(ask('/apis', { accept: AGGREGATED }).exchange.headers['etag']).not.toBe(plain);
  });

  test('is plain for who prefers it, or asks for an aggregation that is not there', () => {
    for (const accept of [
      `application/json, ${AGGREGATED};q=0.5`,
      'application/json;g=apidiscovery.k8s.io;v=v9;as=APIGroupDiscoveryList, application/json',
      '*/*',
    ]) {
      expect(ask('/apis', { accept }).exchange.json['kind'], accept).toBe('APIGroupList');
    }
    const { result } = ask('/apis', { accept: 'text/html' });
    expect(isRejection(result) && result.code).toBe(406);
  });
});
