import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { kubeClient, type KubeClient } from './testing/kube-client.ts';
import { memoryServer } from './testing/memory-server.ts';

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'] as const;
const changes = fc.array(fc.tuple(fc.constantFrom('POST', 'PUT', 'DELETE'), fc.constantFrom(...NAMES)), {
  maxLength: 4,
});
const walks = fc.record({
  there: fc.subarray([...NAMES]),
  limit: fc.integer({ min: 1, max: 4 }),
  selector: fc.constantFrom('', '&labelSelector=even%3Dyes'),
  /** What is written behind each page. */
  between: fc.array(changes, { maxLength: 6 }),
});

const body = (name: string, value = 0): unknown => ({
  metadata: { name, labels: { even: NAMES.indexOf(name as 'a') % 2 === 0 ? 'yes' : 'no' } },
  data: { value: String(value) },
});

interface Seen {
  readonly items: readonly unknown[];
  readonly metadata: Readonly<Record<string, unknown>>;
}

async function page(admin: KubeClient, path: string): Promise<Seen> {
  const { status, json } = await admin.request('GET', path);
  expect([status, json.message]).toEqual([200, undefined]);
  return { items: json.items, metadata: json.metadata };
}

test('the pages of a walk are the list as it was at its first page, whatever is written meanwhile', async () => {
  await using server = await memoryServer();
  const admin = kubeClient(server.url, { ca: server.pki.tls.clientAuthority, ...(await server.pki.client('admin')) });
  let namespaces = 0;
  await fc.assert(
    fc.asyncProperty(walks, async ({ there, limit, selector, between }) => {
      const name = `walk-${++namespaces}`;
      await admin.request('POST', '/api/v1/namespaces', { metadata: { name } });
      const path = `/api/v1/namespaces/${name}/configmaps`;
      for (const one of there) await admin.request('POST', path, body(one));
      const whole = await page(admin, `${path}?${selector}`);
      const walked: unknown[] = [];
      let token = '';
      for (let turn = 0; turn === 0 || token !== ''; turn++) {
        const continued = token === '' ? '' : `&continue=${token}`;
        const { items, metadata } = await page(admin, `${path}?limit=${limit}${selector}${continued}`);
        expect(metadata['resourceVersion']).toBe(whole.metadata['resourceVersion']);
        expect(items.length).toBeLessThanOrEqual(limit);
        walked.push(...items);
        token = (metadata['continue'] as string | undefined) ?? '';
        for (const [verb, one] of between[turn] ?? []) {
          await admin.request(
            verb,
            verb === 'POST' ? path : `${path}/${one}`,
            verb === 'DELETE' ? undefined : body(one, turn + 1),
          );
        }
      }
      expect(walked).toEqual(whole.items);
    }),
    { numRuns: 60 },
  );
  admin.close();
});
