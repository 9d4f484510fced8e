import { parseArgs } from 'node:util';
import { fuzzApi } from '../../services/api/testing/fuzz.ts';
import { memoryServer } from '../../services/api/testing/memory-server.ts';

/*
 * Sends random malformed requests to an API server and prints what came of them. Exit 1 when anything is out of order.
 * Run: node --conditions=source tests/proofs/fuzz-api.ts [--rounds 50000] [--seed 1]
 */
const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '50000' }, seed: { type: 'string', default: '1' } },
});
const server = await memoryServer();
const { statuses, disorders } = await fuzzApi(server, Number(values.seed), Number(values.rounds));
await server[Symbol.asyncDispose]();
for (const [status, count] of [...statuses].toSorted(([left], [right]) => left - right)) {
  process.stdout.write(`${status}: ${count}\n`);
}
for (const disorder of disorders.slice(0, 20)) process.stdout.write(`${disorder}\n`);
process.stdout.write(`${values.rounds} requests with seed ${values.seed}, ${disorders.length} out of order\n`);
process.exitCode = disorders.length === 0 ? 0 : 1;
