import type { ServerResponse } from 'node:http';
import { once } from 'node:events';
import path from 'node:path';
import { parseRfc3339, type Clock } from '@taffrail/platform/clock';
import type { ContainerStatus, Pod } from '@taffrail/resources/generated/types';
import type { NodePaths } from '../node/node-paths.ts';
import type { Runtime } from '../runtime/port.ts';
import { containerLog } from './container-log.ts';

export interface LogAnswerOptions {
  readonly runtime: Pick<Runtime, 'containerStatus'>;
  readonly paths: NodePaths;
  readonly clock: Clock;
  find(namespace: string, name: string): Pod | undefined;
}

export interface LogQuestion {
  readonly namespace: string;
  readonly name: string;
  readonly container: string;
  readonly query: URLSearchParams;
}

/** Streams one container's log. */
export async function answerContainerLog(
  options: LogAnswerOptions,
  { namespace, name, container, query }: LogQuestion,
  response: ServerResponse,
): Promise<void> {
  const refuse = (status: number, message: string): void => {
    response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(message);
  };
  const pod = options.find(namespace, name);
  if (pod === undefined) return refuse(404, `pod "${name}" is not on this node`);
  const status = statusOf(pod, container);
  if (status === undefined) return refuse(404, `container "${container}" not found in pod "${name}_${namespace}"`);
  const previous = query.get('previous') === 'true';
  const id = (previous ? status.lastState?.terminated?.containerID : status.containerID)?.replace(/^\w+:\/\//, '');
  const where = `container "${container}" in pod "${name}"`;
  if (id === undefined) {
    return refuse(400, previous ? `previous terminated ${where} not found` : `${where} is waiting to start`);
  }
  const found = await options.runtime.containerStatus(id);
  if (found === undefined) return refuse(404, `unable to retrieve container logs for ${status.containerID}`);
  const closed = new AbortController();
  response.once('close', () => closed.abort(new Error('the reader has gone')));
  response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8' });
  response.flushHeaders();
  const lines = containerLog(
    {
      file: path.join(options.paths.logDirectory(pod), options.paths.logFile(container, found.attempt)),
      follow: query.get('follow') === 'true',
      tailLines: count(query.get('tailLines')),
      limitBytes: count(query.get('limitBytes')),
      timestamps: query.get('timestamps') === 'true',
      sinceMs: sinceMs(query, options.clock.nowMs()),
      isRunning: async () => (await options.runtime.containerStatus(id))?.phase === 'running',
      clock: options.clock,
    },
    closed.signal,
  );
  for await (const chunk of lines) {
    if (closed.signal.aborted) return;
    if (!response.write(chunk)) await once(response, 'drain', { signal: closed.signal }).catch(() => undefined);
  }
  response.end();
}

function statusOf(pod: Pod, container: string): ContainerStatus | undefined {
  const { containerStatuses = [], initContainerStatuses = [] } = pod.status ?? {};
  return [...containerStatuses, ...initContainerStatuses].find((status) => status.name === container);
}

function count(text: string | null): number | undefined {
  return text !== null && /^\d+$/.test(text) ? Number(text) : undefined;
}

function sinceMs(query: URLSearchParams, nowMs: number): number | undefined {
  const seconds = count(query.get('sinceSeconds'));
  if (seconds !== undefined) return nowMs - seconds * 1000;
  return parseRfc3339(query.get('sinceTime') ?? '');
}
