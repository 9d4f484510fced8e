import { isRejection } from '@taffrail/machinery/rejection';
import { expect, test } from 'vitest';
import { FakeExchange } from '../testing/fake-exchange.ts';
import type { User } from './identity.ts';
import { actingUser } from './impersonation.ts';
import { staticAuthorizer } from './static-authorizer.ts';

const admin: User = { name: 'admin', groups: ['system:masters', 'system:authenticated'] };
const eve: User = { name: 'eve', groups: ['system:authenticated'] };

function acting(headers: Readonly<Record<string, string>>, user = admin) {
  return actingUser(new FakeExchange({ url: '/', headers }), user, staticAuthorizer);
}

test('who names nobody acts as itself', () => {
  expect(acting({})).toBe(admin);
});

test('an administrator loses its own groups and gains those of whom it acts as', () => {
  expect(acting({ 'impersonate-user': 'alice', 'impersonate-group': 'devs, ops' })).toEqual({
    name: 'alice',
    groups: ['devs', 'ops', 'system:authenticated'],
    impersonator: 'admin',
  });
});

test('a service account comes with its groups, and the anonymous user with none', () => {
  expect(acting({ 'impersonate-user': 'system:serviceaccount:a:bot' })).toMatchObject({
    groups: ['system:serviceaccounts', 'system:serviceaccounts:a', 'system:authenticated'],
  });
  expect(acting({ 'impersonate-user': 'system:anonymous' })).toMatchObject({ groups: [] });
});

test('uid and extra attributes are carried', () => {
  const headers = { 'impersonate-user': 'alice', 'impersonate-uid': '7', 'impersonate-extra-acme.com%2fteam': 'x' };
  expect(acting(headers)).toMatchObject({ uid: '7', extra: { 'acme.com/team': ['x'] } });
});

test('who may not is refused, whatever it names', () => {
  const refused = acting({ 'impersonate-user': 'system:admin' }, eve);
  expect(refused).toMatchObject({
    code: 403,
    message:
      'users "system:admin" is forbidden: User "eve" cannot impersonate resource "users" in API group "" at the cluster scope',
  });
  const account = acting({ 'impersonate-user': 'system:serviceaccount:a:bot' }, eve);
  expect(isRejection(account) && account.message).toContain('in the namespace "a"');
});

test('groups without a user are refused, not ignored', () => {
  for (const header of ['impersonate-group', 'impersonate-uid', 'impersonate-extra-a']) {
    expect(acting({ [header]: 'system:masters' })).toMatchObject({ code: 400 });
  }
});
