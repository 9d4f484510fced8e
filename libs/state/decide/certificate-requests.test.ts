import { expect, test } from 'vitest';
import type { JsonObject } from '@taffrail/resources/json';
import type { Outcome } from '../outcome.ts';
import { accepted, refused, testMachine, type TestMachine } from '../testing/machine.ts';

const PEM = (type: string): string =>
  Buffer.from(`-----BEGIN ${type}-----\nAAAA\n-----END ${type}-----\n`).toString('base64');
const request: JsonObject = {
  apiVersion: 'certificates.k8s.io/v1',
  kind: 'CertificateSigningRequest',
  metadata: { name: 'r' },
  spec: {
    request: PEM('CERTIFICATE REQUEST'),
    signerName: 'example.com/signer',
    usages: ['client auth'],
    username: 'somebody else',
    groups: ['system:masters'],
  },
};
const RESOURCE = 'certificatesigningrequests';

async function withRequest(): Promise<TestMachine> {
  const cluster = await testMachine();
  accepted(await cluster.create(RESOURCE, request));
  return cluster;
}

const write = async (cluster: TestMachine, subresource: string, status: JsonObject): Promise<Outcome> =>
  await cluster.patch(RESOURCE, 'r', { status }, { subresource });
const verdict = (type: string, more: JsonObject = {}): JsonObject => ({ type, status: 'True', reason: 'R', ...more });

test('a request says who made it, whatever it says itself', async () => {
  await using cluster = await withRequest();
  expect(cluster.get(RESOURCE, 'r')).toMatchObject({ spec: { username: 'alice', groups: ['dev'] } });
});

test('approval sets conditions with their dates and nothing else', async () => {
  await using cluster = await withRequest();
  accepted(await write(cluster, 'approval', { conditions: [verdict('Approved')], certificate: PEM('CERTIFICATE') }));
  expect(cluster.get(RESOURCE, 'r')).toMatchObject({
    status: {
      conditions: [
        { type: 'Approved', lastUpdateTime: '2026-01-01T00:00:00Z', lastTransitionTime: '2026-01-01T00:00:00Z' },
      ],
    },
  });
  expect(cluster.get(RESOURCE, 'r')).not.toHaveProperty('status.certificate');
  const denied = { conditions: [verdict('Approved'), verdict('Denied')] };
  expect(refused(await write(cluster, 'approval', denied)).message).toContain(
    'Approved and Denied conditions are mutually exclusive',
  );
  expect(refused(await write(cluster, 'approval', { conditions: [] })).message).toContain(
    'status.conditions: Forbidden: updates may not remove a condition of type "Approved"',
  );
});

test('status issues the certificate once and decides nothing', async () => {
  await using cluster = await withRequest();
  expect(refused(await write(cluster, 'status', { conditions: [verdict('Approved')] })).message).toContain(
    'status.conditions: Forbidden: updates may not add a condition of type "Approved"',
  );
  expect(refused(await write(cluster, 'status', { certificate: PEM('KEY') })).message).toContain(
    'only CERTIFICATE PEM blocks are allowed, found "KEY"',
  );
  accepted(await write(cluster, 'status', { certificate: PEM('CERTIFICATE') }));
  const other = Buffer.from(`${Buffer.from(PEM('CERTIFICATE'), 'base64').toString()}\n`).toString('base64');
  expect(refused(await write(cluster, 'status', { certificate: other })).message).toContain(
    'status.certificate: Forbidden: updates may not modify existing certificate content',
  );
});

test('an update of the request itself changes neither what was asked for nor what was decided', async () => {
  await using cluster = await withRequest();
  const changed = {
    spec: { username: 'mallory' },
    status: { conditions: [verdict('Approved')] },
    metadata: { labels: { a: 'b' } },
  };
  accepted(await cluster.patch(RESOURCE, 'r', changed));
  expect(cluster.get(RESOURCE, 'r')).toMatchObject({
    metadata: { labels: { a: 'b' } },
    spec: { username: 'alice' },
    status: {},
  });
  expect(cluster.get(RESOURCE, 'r')).not.toHaveProperty('status.conditions');
});
