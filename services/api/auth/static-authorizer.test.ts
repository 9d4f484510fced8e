import { describe, expect, test } from 'vitest';
import { accessDenied } from './forbidden.ts';
import type { Attributes } from './authorizer.ts';
import { isComponent, type User } from './identity.ts';
import { staticAuthorizer } from './static-authorizer.ts';

const admin: User = { name: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] };
const scheduler: User = { name: 'system:kube-scheduler', groups: ['system:authenticated'] };
const node: User = { name: 'system:node:n1', groups: ['system:nodes', 'system:authenticated'] };
const stranger: User = { name: 'eve', groups: ['system:authenticated'] };

function asked(
  verb: string,
  resource: string,
  changes: Partial<Extract<Attributes, { type: 'resource' }>> = {},
): Attributes {
  const [name = '', subresource = ''] = resource.split('/');
  return { type: 'resource', verb, group: '', resource: name, subresource, namespace: 'a', name: 'x', ...changes };
}

function allowed(user: User, attributes: Attributes): boolean {
  return staticAuthorizer.authorize(user, attributes).allowed;
}

describe('static authorizer', () => {
  test('masters may do everything', () => {
    expect(allowed(admin, asked('delete', 'secrets'))).toBe(true);
    expect(allowed(admin, { type: 'path', verb: 'get', path: '/metrics' })).toBe(true);
  });

  test('the scheduler binds and reads but does not create workloads', () => {
    expect(allowed(scheduler, asked('create', 'pods/binding'))).toBe(true);
    expect(allowed(scheduler, asked('watch', 'nodes'))).toBe(true);
    expect(allowed(scheduler, asked('create', 'pods'))).toBe(false);
  });

  test('a node writes its own Node and lease only', () => {
    expect(allowed(node, asked('patch', 'nodes/status', { name: 'n1', namespace: '' }))).toBe(true);
    expect(allowed(node, asked('patch', 'nodes/status', { name: 'n2', namespace: '' }))).toBe(false);
    const lease = { group: 'coordination.k8s.io', namespace: 'kube-node-lease' };
    expect(allowed(node, asked('update', 'leases', { ...lease, name: 'n1' }))).toBe(true);
    expect(allowed(node, asked('update', 'leases', { ...lease, name: 'n2' }))).toBe(false);
    expect(allowed(node, asked('delete', 'deployments', { group: 'apps' }))).toBe(false);
  });

  test('a node name without the nodes group gives nothing', () => {
    const pretender = { name: 'system:node:n1', groups: ['system:authenticated'] };
    expect(allowed(pretender, asked('get', 'pods'))).toBe(false);
    expect(isComponent(pretender)).toBe(false);
  });

  test('any user reads discovery and nothing else', () => {
    expect(allowed(stranger, { type: 'path', verb: 'get', path: '/apis/apps/v1' })).toBe(true);
    expect(allowed(stranger, { type: 'path', verb: 'get', path: '/metrics' })).toBe(false);
    expect(allowed(stranger, { type: 'path', verb: 'get', path: '/apisevil' })).toBe(false);
    expect(allowed(stranger, asked('list', 'pods'))).toBe(false);
  });
});

test('a denial says who wanted what where', () => {
  expect(accessDenied(stranger, asked('list', 'deployments', { group: 'apps', name: '' }), '').message).toBe(
    'deployments.apps is forbidden: User "eve" cannot list resource "deployments" in API group "apps" in the namespace "a"',
  );
  expect(accessDenied(stranger, { type: 'path', verb: 'get', path: '/metrics' }, '').message).toBe(
    'forbidden: User "eve" cannot get path "/metrics"',
  );
});
