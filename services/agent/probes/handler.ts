import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import type {
  Container,
  ExecAction,
  HTTPGetAction,
  IntOrString,
  SleepAction,
  TCPSocketAction,
} from '@taffrail/resources/generated/types';
import { messageOf } from '@taffrail/platform/failure';
import { RuntimeFailure, type Runtime } from '../runtime/port.ts';

/** What a probe or a lifecycle hook may ask for. */
export interface Handler {
  readonly exec?: ExecAction;
  readonly httpGet?: HTTPGetAction;
  readonly tcpSocket?: TCPSocketAction;
  readonly sleep?: SleepAction;
}

export interface HandlerTarget {
  readonly runtime: Pick<Runtime, 'exec'>;
  readonly containerId: string;
  readonly container: Container;
  readonly podIp: string;
}

/** The outcome in the words of an Unhealthy event: '' for success. */
export interface HandlerResult {
  readonly ok: boolean;
  readonly message: string;
}

const OUTPUT_BYTES = 10 * 1024;

/** Runs one handler within `timeoutMs`. Never throws for a failing target; rejects when the signal is aborted. */
export async function runHandler(
  target: HandlerTarget,
  handler: Handler,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<HandlerResult> {
  const { exec, httpGet, tcpSocket } = handler;
  if (exec !== undefined) return runExec(target, exec, timeoutMs, signal);
  if (httpGet !== undefined) return httpCheck(target, httpGet, timeoutMs, signal);
  if (tcpSocket !== undefined) return tcpCheck(target, tcpSocket, timeoutMs, signal);
  return { ok: false, message: 'the handler names no action that is supported' };
}

async function runExec(
  { runtime, containerId }: HandlerTarget,
  { command = [] }: ExecAction,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<HandlerResult> {
  try {
    const result = await runtime.exec(containerId, command, Math.ceil(timeoutMs / 1000), signal);
    const output = Buffer.concat([result.stdout, result.stderr]).subarray(0, OUTPUT_BYTES).toString();
    return { ok: result.exitCode === 0, message: output };
  } catch (error) {
    if (!(error instanceof RuntimeFailure)) throw error;
    if (error.kind === 'deadline') {
      return { ok: false, message: `command timed out: "${command.join(' ')}" timed out after ${timeoutMs / 1000}s` };
    }
    return { ok: false, message: error.message };
  }
}

/** A port by number, or by the name one of the container's ports has. */
export function portNumber(container: Container, port: IntOrString): number | undefined {
  if (typeof port === 'number') return port;
  const named = (container.ports ?? []).find(({ name }) => name === port)?.containerPort;
  return named ?? (/^\d+$/.test(port) ? Number(port) : undefined);
}

function httpCheck(
  { container, podIp }: HandlerTarget,
  { host, port, path = '/', scheme = 'HTTP', httpHeaders = [] }: HTTPGetAction,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<HandlerResult> {
  const number = portNumber(container, port);
  if (number === undefined) return Promise.resolve({ ok: false, message: `couldn't find port: ${port}` });
  const target = host === undefined || host === '' ? podIp : host;
  const url = `${scheme.toLowerCase()}://${target.includes(':') ? `[${target}]` : target}:${number}${path.startsWith('/') ? path : `/${path}`}`;
  const headers: Record<string, string> = { 'user-agent': 'kube-probe/1.36', accept: '*/*', connection: 'close' };
  for (const { name, value } of httpHeaders) headers[name.toLowerCase()] = value;
  return new Promise((resolve) => {
    const bounded = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    const options = { headers, signal: bounded, agent: false, rejectUnauthorized: false };
    const request = scheme === 'HTTPS' ? httpsRequest(url, options) : httpRequest(url, options);
    request.once('response', (response) => {
      response.resume();
      const code = response.statusCode ?? 0;
      const ok = code >= 200 && code < 400;
      resolve({ ok, message: ok ? '' : `HTTP probe failed with statuscode: ${code}` });
      response.destroy();
    });
    request.once('error', (error) => {
      const why = bounded.aborted
        ? 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)'
        : messageOf(error);
      resolve({ ok: false, message: `Get "${url}": ${why}` });
    });
    request.end();
  });
}

function tcpCheck(
  { container, podIp }: HandlerTarget,
  { host, port }: TCPSocketAction,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<HandlerResult> {
  const number = portNumber(container, port);
  if (number === undefined) return Promise.resolve({ ok: false, message: `couldn't find port: ${port}` });
  const target = host === undefined || host === '' ? podIp : host;
  return new Promise((resolve) => {
    const bounded = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    const socket = connect({ host: target, port: number, signal: bounded });
    socket.once('connect', () => {
      socket.destroy();
      resolve({ ok: true, message: '' });
    });
    socket.once('error', (error) => {
      const why = bounded.aborted ? 'i/o timeout' : messageOf(error);
      resolve({ ok: false, message: `dial tcp ${target}:${number}: ${why}` });
    });
  });
}
