import { expect, test } from 'vitest';
import { fuzzApi } from '../../services/api/testing/fuzz.ts';
import { memoryServer } from '../../services/api/testing/memory-server.ts';

test('malformed requests are refused without a 500, a leaked stack or a half write', { timeout: 60_000 }, async () => {
  const server = await memoryServer();
  const { statuses, disorders } = await fuzzApi(server, 7, 1_500);
  await server[Symbol.asyncDispose]();
  expect(disorders).toEqual([]);
  // The requests are close enough to good ones that many kinds of answer come up.
  for (const status of [200, 400, 404, 405, 415, 422]) expect(statuses.get(status) ?? 0).toBeGreaterThan(0);
});
