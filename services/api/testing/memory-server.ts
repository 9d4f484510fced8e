import { parseArgs } from 'node:util';
import { readFile } from 'node:fs/promises';
import { memoryLatestLog } from '@taffrail/log/memory-latest-log';
import { memoryLog } from '@taffrail/log/memory-log';
import { memoryVault } from '@taffrail/log/memory-vault';
import type { WindowLog } from '@taffrail/log/window-log';
import { writeKubeconfig } from '@taffrail/pki/kubeconfig-file';
import { systemClock, type Clock } from '@taffrail/platform/clock';
import { componentLogger, silentLogger, type Logger } from '@taffrail/platform/logger';
import { Metrics } from '@taffrail/platform/metrics';
import { measureProcess } from '@taffrail/platform/process-metrics';
import { systemRandom } from '@taffrail/platform/random';
import type { EncryptedResources } from '@taffrail/resources/encrypted-resources';
import { openStateMachine } from '@taffrail/state/open-state-machine';
import type { StateMachine } from '@taffrail/state/state-machine';
import { httpsAgentClient } from '../handlers/agent-client.ts';
import { decideSettings } from '../decide-settings.ts';
import { purgeSurvey } from '../purge-survey.ts';
import { serveApi, type ApiServer } from '../serve.ts';
import { memoryReadModel, type MemoryReadModel } from './memory-read-model.ts';
import { testPki, type TestPki } from './test-pki.ts';

/** An API server over logs in memory: everything but NATS and Postgres is real. */
export interface MemoryServer {
  readonly url: string;
  /** Admin kubeconfig that points at it. */
  readonly kubeconfigFile: string;
  readonly state: StateMachine;
  readonly logs: { readonly LOG: WindowLog; readonly EVENTS: WindowLog };
  readonly readModel: MemoryReadModel;
  readonly pki: TestPki;
  readonly api: ApiServer;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface MemoryServerOptions {
  /** A free one by default. */
  readonly port?: number;
  readonly logger?: Logger;
  /** What the server takes for the time. */
  readonly clock?: Clock;
  readonly nodes?: readonly string[];
  /** What is written down encrypted; Secrets by default. */
  readonly encrypts?: EncryptedResources;
  readonly metrics?: Metrics;
}

export async function memoryServer(options: MemoryServerOptions = {}): Promise<MemoryServer> {
  const logger = options.logger ?? silentLogger;
  const clock = options.clock ?? systemClock;
  const shared = { clock, random: systemRandom, logger };
  const pki = await testPki(undefined, options.nodes ?? []);
  const closing = new AbortController();
  const logs = { LOG: memoryLog('LOG'), EVENTS: memoryLog('EVENTS') };
  const vault = await memoryVault(undefined, options.encrypts);
  const state = await openStateMachine({
    ...shared,
    vault,
    ...decideSettings(),
    logs,
    leases: memoryLatestLog('LEASES', clock.nowMs()),
    soleWriter: true,
    serviceCidr: '10.96.0.0/16',
    signal: closing.signal,
  });
  const readModel = memoryReadModel(logs, vault);
  const survey = purgeSurvey(memoryReadModel(logs, { open: (_uid, stored) => stored }), { clock: systemClock });
  const agents = httpsAgentClient({
    certificate: await readFile(pki.files.apiClientCertificateFile),
    key: await readFile(pki.files.apiClientKeyFile),
    authority: pki.tls.clientAuthority,
    logger,
  });
  const api = await serveApi(
    {
      ...shared,
      state,
      readModel,
      encrypts: (resource) => vault.encrypts(resource),
      survey,
      agents,
      tls: pki.tls,
      advertisedAddress: '127.0.0.1',
      ready: [],
      ...(options.metrics === undefined ? {} : { metrics: options.metrics }),
    },
    options.port ?? 0,
    '127.0.0.1',
  );
  const url = `https://127.0.0.1:${api.address.port}`;
  const admin = await pki.client('admin');
  const kubeconfigFile = `${pki.directory}/kubeconfig-memory`;
  await writeKubeconfig(kubeconfigFile, 'yaml', {
    name: 'memory',
    user: 'admin',
    server: url,
    certificateAuthority: pki.tls.clientAuthority.toString(),
    clientCertificate: admin.cert.toString(),
    clientKey: admin.key.toString(),
  });
  return {
    url,
    kubeconfigFile,
    state,
    logs,
    readModel,
    pki,
    api,
    async [Symbol.asyncDispose]() {
      await api.stop();
      await state.close();
      closing.abort();
      await pki[Symbol.asyncDispose]();
    },
  };
}

/** By hand: `node --conditions=source services/api/testing/memory-server.ts [--port N]` prints the kubeconfig's path and serves until Ctrl-C. */
if (import.meta.main) {
  const { values } = parseArgs({ options: { port: { type: 'string', default: '0' } } });
  const metrics = new Metrics();
  measureProcess(metrics, systemClock);
  const server = await memoryServer({ port: Number(values.port), logger: componentLogger('memory-server'), metrics });
  process.stdout.write(`${server.kubeconfigFile}\n`);
  const stop = (): void => void server[Symbol.asyncDispose]();
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
}
