import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseRequest, type ResourceRequest } from './parsed-request.ts';

function resource(method: string, url: string): ResourceRequest {
  const [path = '', query = ''] = url.split('?');
  const parsed = parseRequest(method, path, query);
  if (parsed?.type !== 'resource') throw new Error(`${url} is no resource request`);
  return parsed;
}

describe('resource paths', () => {
  test.each([
    ['GET', '/api/v1/pods', { verb: 'list', group: '', version: 'v1', resource: 'pods', namespace: '', name: '' }],
    ['GET', '/api/v1/namespaces/a/pods/p', { verb: 'get', resource: 'pods', namespace: 'a', name: 'p' }],
    ['GET', '/api/v1/namespaces/a/pods/p/log', { verb: 'get', resource: 'pods', name: 'p', subresource: 'log' }],
    ['GET', '/api/v1/namespaces/a', { verb: 'get', resource: 'namespaces', namespace: 'a', name: 'a' }],
    ['PUT', '/api/v1/namespaces/a/finalize', { verb: 'update', resource: 'namespaces', subresource: 'finalize' }],
    ['DELETE', '/api/v1/namespaces/a/pods', { verb: 'deletecollection', resource: 'pods', namespace: 'a' }],
    ['DELETE', '/api/v1/nodes/n', { verb: 'delete', resource: 'nodes', namespace: '', name: 'n' }],
    ['GET', '/apis/apps/v1/deployments?watch=true', { verb: 'watch', group: 'apps', resource: 'deployments' }],
    ['GET', '/apis/apps/v1/deployments?watch=0', { verb: 'list' }],
    ['GET', '/api/v1/watch/namespaces/a/pods', { verb: 'watch', resource: 'pods', namespace: 'a' }],
    ['PATCH', '/apis/apps/v1/namespaces/a/deployments/d/scale', { verb: 'patch', subresource: 'scale', name: 'd' }],
    ['GET', '/api/v1/namespaces/a/pods/p%2Fx', { name: 'p/x' }],
    ['OPTIONS', '/api/v1/pods', { verb: 'unsupported' }],
  ])('%s %s', (method, url, expected) => {
    expect(resource(method, url)).toMatchObject(expected);
  });

  test('what stands behind a subresource is kept apart', () => {
    expect(resource('GET', '/api/v1/nodes/n/proxy/metrics/cadvisor').rest).toEqual(['metrics', 'cadvisor']);
  });
});

test('everything else is a plain path', () => {
  expect(parseRequest('GET', '/apis/apps/v1', '')).toMatchObject({ type: 'path', segments: ['apis', 'apps', 'v1'] });
  expect(parseRequest('GET', '/', '')).toMatchObject({ type: 'path', verb: 'get', segments: [] });
});

test('broken percent-encoding is refused, not thrown', () => {
  expect(parseRequest('GET', '/api/v1/pods/%zz', '')).toBeUndefined();
  expect(parseRequest('GET', '/api/v1/pods/%00', '')).toBeUndefined();
});

test('no path or query makes the parser throw', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), fc.constantFrom('GET', 'POST', 'X'), (path, query, method) => {
      expect(() => parseRequest(method, `/${path}`, query)).not.toThrow();
    }),
  );
});
