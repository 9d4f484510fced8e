/**
 * Measures the API server's own cost, over logs in memory, and prints one line a figure:
 *   node --conditions=source bench/api.ts [--requests 20000] [--objects 10000] [--watchers 1000]
 * CPU is the server process's own, from its /metrics; throughput shares the machine with the load generator.
 */
import { spawn } from 'node:child_process';
import { connect, type ClientHttp2Session } from 'node:http2';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { systemClock } from '@taffrail/platform/clock';
import { readKubeconfig } from '@taffrail/pki/kubeconfig';

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '20000' },
    objects: { type: 'string', default: '10000' },
    watchers: { type: 'string', default: '1000' },
  },
});
const requests = Number(values.requests);
const CONNECTIONS = 8;
const STREAMS_PER_CONNECTION = 8;
const BODY_BYTES = 3000;

const server = spawn(process.execPath, ['--conditions=source', 'services/api/testing/memory-server.ts'], {
  stdio: ['ignore', 'pipe', 'inherit'],
  env: { ...process.env, TAFFRAIL_LOG_LEVEL: 'warn' },
});
const lines = createInterface({ input: server.stdout })[Symbol.asyncIterator]();
const kubeconfig = await readKubeconfig(String((await lines.next()).value));
const credentials = {
  ca: kubeconfig.certificateAuthority,
  cert: kubeconfig.clientCertificate,
  key: kubeconfig.clientKey,
};
const sessions = Array.from({ length: CONNECTIONS }, () => connect(kubeconfig.server, credentials));

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body?: string;
}

/** Sends one request; resolves with the bytes of its answer. */
function ask(session: ClientHttp2Session, { method, path, body }: Asked): Promise<number> {
  const stream = session.request(
    { ':method': method, ':path': path, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    { endStream: body === undefined },
  );
  if (body !== undefined) stream.end(body);
  return new Promise((resolve, reject) => {
    let bytes = 0;
    stream.on('response', (headers) => {
      if (Number(headers[':status']) >= 300) reject(new Error(`${method} ${path}: ${headers[':status']}`));
    });
    stream.on('data', (chunk: Buffer) => (bytes += chunk.length));
    stream.on('end', () => resolve(bytes));
    stream.on('error', reject);
  });
}

async function metric(name: string): Promise<number> {
  const [session] = sessions;
  if (session === undefined) throw new Error('no session');
  const stream = session.request({ ':path': '/metrics' });
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  return Number(new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1]);
}

const quantile = (sorted: readonly number[], q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;

/** Runs `count` requests over all streams and prints rate, latency and the server's CPU for each. */
async function measure(what: string, count: number, make: (index: number) => Asked): Promise<void> {
  const times: number[] = [];
  let next = 0;
  const cpuBefore = await metric('process_cpu_seconds_total');
  const startMs = systemClock.monotonicMs();
  const lane = async (session: ClientHttp2Session): Promise<void> => {
    while (next < count) {
      const index = next++;
      const sentMs = systemClock.monotonicMs();
      await ask(session, make(index));
      times.push(systemClock.monotonicMs() - sentMs);
    }
  };
  await Promise.all(sessions.flatMap((session) => Array.from({ length: STREAMS_PER_CONNECTION }, () => lane(session))));
  const seconds = (systemClock.monotonicMs() - startMs) / 1000;
  const cpuMicros = ((await metric('process_cpu_seconds_total')) - cpuBefore) * 1e6;
  times.sort((a, b) => a - b);
  const p = (q: number): string => `${quantile(times, q).toFixed(2)} ms`;
  console.log(
    `${what}: ${Math.round(count / seconds)}/s, p50 ${p(0.5)}, p99 ${p(0.99)}, server CPU ${(cpuMicros / count).toFixed(1)} us each`,
  );
}

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
const configMap = (name: string): string =>
  JSON.stringify({
    kind: 'ConfigMap',
    apiVersion: 'v1',
    metadata: { name, labels: { app: 'bench' } },
    data: { k: 'v'.repeat(BODY_BYTES) },
  });

await measure('create 3 KB', Number(values.objects), (index) => ({
  method: 'POST',
  path: CONFIG_MAPS,
  body: configMap(`c-${index}`),
}));
await measure('get 3 KB (warm-up)', requests, () => ({ method: 'GET', path: `${CONFIG_MAPS}/c-1` }));
await measure('get 3 KB', requests, () => ({ method: 'GET', path: `${CONFIG_MAPS}/c-1` }));
await measure('get 3 KB, spread', requests, (index) => ({
  method: 'GET',
  path: `${CONFIG_MAPS}/c-${index % Number(values.objects)}`,
}));
await measure('list page of 500', 100, () => ({ method: 'GET', path: `${CONFIG_MAPS}?limit=500` }));
await measure(`list of ${values.objects}`, 10, () => ({ method: 'GET', path: CONFIG_MAPS }));
await measure('list by name', 2000, (index) => ({
  method: 'GET',
  path: `${CONFIG_MAPS}?fieldSelector=metadata.name=c-${index}`,
}));

// One object's updates told to many watchers.
const watchers = Number(values.watchers);
const told = { count: 0 };
const open = Array.from({ length: watchers }, (_, index) => {
  const stream = sessions[index % sessions.length]?.request({
    ':path': `${CONFIG_MAPS}?watch=1&resourceVersion=0&sendInitialEvents=false&resourceVersionMatch=NotOlderThan`,
  });
  stream?.on('data', (chunk: Buffer) => {
    for (const byte of chunk) if (byte === 0x0a) told.count++;
  });
  return new Promise((resolve) => stream?.on('response', resolve));
});
await Promise.all(open);
/** Lets the event loop turn until a condition holds. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await systemClock.sleep(0);
}

const ROUNDS = 100;
const cpuBefore = await metric('process_cpu_seconds_total');
const [first] = sessions;
if (first === undefined) throw new Error('no session is open');
const latencies: number[] = [];
for (let round = 1; round <= ROUNDS; round++) {
  const sentMs = systemClock.monotonicMs();
  await ask(first, { method: 'PUT', path: `${CONFIG_MAPS}/c-1`, body: configMap('c-1').replace('vvv', `v${round}v`) });
  await until(() => told.count >= round * watchers);
  latencies.push(systemClock.monotonicMs() - sentMs);
}
const cpuMicros = ((await metric('process_cpu_seconds_total')) - cpuBefore) * 1e6;
latencies.sort((a, b) => a - b);
console.log(
  `watch, one 3 KB event to ${watchers} watchers: all told after p50 ${quantile(latencies, 0.5).toFixed(1)} ms, p99 ${quantile(latencies, 0.99).toFixed(1)} ms, ` +
    `server CPU ${(cpuMicros / ROUNDS / watchers).toFixed(2)} us a delivery`,
);
console.log(`resident memory: ${Math.round((await metric('process_resident_memory_bytes')) / 2 ** 20)} MiB`);
for (const session of sessions) session.destroy();
server.kill('SIGTERM');
