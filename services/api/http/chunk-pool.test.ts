import { request } from 'node:https';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { limits } from '@taffrail/platform/limits';
import { readKubeconfig } from '@taffrail/pki/kubeconfig';
import { kubeClient } from '../testing/kube-client.ts';
import { memoryServer } from '../testing/memory-server.ts';
import { ChunkPool, gathered } from './chunk-pool.ts';

test('parts come out byte for byte, whatever their sizes', () => {
  const part = fc.uint8Array({ maxLength: 3 * limits.responseChunkBytes });
  fc.assert(
    fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
      const pool = new ChunkPool();
      const out: Buffer[] = [];
      for (const { chunk, bytes } of gathered(parts, pool)) {
        out.push(Buffer.from(chunk.subarray(0, bytes)));
        pool.giveBack(chunk);
      }
      expect(Buffer.concat(out).equals(Buffer.concat(parts))).toBe(true);
    }),
    { numRuns: 50 },
  );
});

test('a buffer is used again once it was given back and not before, and no more are kept than the bound', () => {
  const pool = new ChunkPool();
  const first = pool.take();
  expect(pool.take()).not.toBe(first);
  pool.giveBack(first);
  expect(pool.take()).toBe(first);
  const many = Array.from({ length: limits.responseChunksCount + 5 }, () => pool.take());
  for (const chunk of many) pool.giveBack(chunk);
  const kept = new Set(Array.from({ length: limits.responseChunksCount + 5 }, () => pool.take()));
  expect(many.filter((chunk) => kept.has(chunk))).toHaveLength(limits.responseChunksCount);
});

test('large answers at the same time, some of them given up, never hold a byte of another', async () => {
  await using server = await memoryServer();
  const client = await server.pki.client('admin');
  const admin = kubeClient(server.url, { ca: server.pki.tls.clientAuthority, ...client });
  const letters = ['a', 'b', 'c', 'd'];
  for (const letter of letters) {
    await admin.request('POST', '/api/v1/namespaces', { metadata: { name: `of-${letter}` } });
    const data = { text: letter.repeat(60_000) };
    for (let at = 0; at < 20; at++) {
      const answer = await admin.request('POST', `/api/v1/namespaces/of-${letter}/configmaps`, {
        metadata: { name: `m-${at}` },
        data,
      });
      expect(answer.status).toBe(201);
    }
  }
  const access = await readKubeconfig(server.kubeconfigFile);
  const tls = { ca: access.certificateAuthority, cert: access.clientCertificate, key: access.clientKey };
  const overHttp1 = (path: string, giveUp: boolean): Promise<string> =>
    new Promise((resolve, reject) => {
      const asking = request(new URL(path, server.url), { ...tls, agent: false }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => {
          chunks.push(chunk);
          if (giveUp && chunks.length === 3) asking.destroy();
        });
        answer.once('close', () => resolve(Buffer.concat(chunks).toString()));
      });
      asking.once('error', (error) => (giveUp ? resolve('') : reject(error)));
      asking.end();
    });
  const check = (letter: string, text: string, whole: boolean): void => {
    const runs = text.match(/([a-d])\1{199,}/g) ?? [];
    expect(new Set(runs.map(([first]) => first))).toEqual(new Set(runs.length === 0 ? [] : [letter]));
    if (whole) expect(runs.reduce((sum, run) => sum + run.length, 0)).toBe(20 * 60_000);
  };
  const all = letters.flatMap((letter) =>
    Array.from({ length: 8 }, async (_, at) => {
      const path = `/api/v1/namespaces/of-${letter}/configmaps`;
      if (at % 4 === 0) return check(letter, await overHttp1(path, true), false);
      if (at % 4 === 1) return check(letter, await overHttp1(path, false), true);
      return check(letter, (await admin.request('GET', path)).text, true);
    }),
  );
  await Promise.all(all);
  admin.close();
}, 60_000);
