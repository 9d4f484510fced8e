import { lastLines, startChild, type Child } from '@taffrail/embedded/child';
import { freePort } from '@taffrail/embedded/free-port';
import type { Clock } from '@taffrail/platform/clock';
import { childEnvironment } from '@taffrail/platform/environment';
import { OperatingError } from '@taffrail/platform/failure';
import { limits } from '@taffrail/platform/limits';
import type { ComponentName } from '../cluster/cluster-record.ts';
import { serviceEntry, type ServiceName } from '../services.ts';
import type { Component } from './component.ts';
import { flagArguments } from './flag-arguments.ts';

export interface ServiceOptions {
  readonly name: ComponentName;
  readonly service: ServiceName;
  readonly args: readonly string[];
  readonly logFile: string;
  readonly clock: Clock;
  readonly detail: string;
  readonly address?: string;
  /** V8's bounds in MiB: the heap, and the young generation, which V8 lets grow to that size before it collects. */
  readonly heapMiB: number;
  readonly youngHeapMiB: number;
  readonly telemetry: ServiceTelemetry;
  /** Resolves when its certificates are there. */
  readonly credentials: Promise<unknown>;
  /** How long it may take to get ready (default `limits.startTimeoutMs`). */
  readonly timeoutMs?: number;
  /** Asked until it answers undefined; its text says what is still missing. */
  readonly missing: (signal: AbortSignal) => Promise<string | undefined>;
}

/** What `up` was told about the telemetry of the services. */
export interface ServiceTelemetry {
  readonly otlpEndpoint?: string;
  readonly cpuProfileDir?: string;
}

/** One of our own services as a child process. */
export function serviceComponent(options: ServiceOptions): Component {
  const { name, service, logFile, clock } = options;
  return {
    name,
    logFile,
    async start(spawned, signal) {
      await options.credentials;
      signal.throwIfAborted();
      const metricsAddress = `127.0.0.1:${await freePort()}`;
      const { otlpEndpoint, cpuProfileDir } = options.telemetry;
      const child = await startChild({
        command: process.execPath,
        args: [
          `--max-semi-space-size=${options.youngHeapMiB}`,
          `--max-old-space-size=${options.heapMiB}`,
          '--expose-gc', // for `collectWhenIdle`
          ...(cpuProfileDir === undefined ? [] : ['--cpu-prof', ...profileArguments(cpuProfileDir, name)]),
          serviceEntry(service),
          ...options.args,
          ...flagArguments({ 'metrics-address': metricsAddress, 'otlp-endpoint': otlpEndpoint }),
        ],
        logFile,
        env: childEnvironment({ NODE_OPTIONS: undefined, MALLOC_ARENA_MAX: '1' }),
        clock,
      });
      spawned(child.process);
      try {
        await untilReady(child, options, signal);
      } catch (error) {
        await child.stop();
        throw error;
      }
      return {
        process: child.process,
        exited: child.exited,
        detail: options.detail,
        metrics: `http://${metricsAddress}/metrics`,
        ...(options.address === undefined ? {} : { address: options.address }),
        stop: () => child.stop(),
      };
    },
  };
}

/** `${pid}` is Node's own placeholder: a service that was started again has a profile of each life. */
function profileArguments(directory: string, name: string): readonly string[] {
  return [`--cpu-prof-dir=${directory}`, `--cpu-prof-name=${name}-\${pid}.cpuprofile`];
}

async function untilReady(child: Child, options: ServiceOptions, signal: AbortSignal): Promise<void> {
  const { clock, name, logFile } = options;
  const deadlineMs = clock.monotonicMs() + (options.timeoutMs ?? limits.startTimeoutMs);
  while (true) {
    signal.throwIfAborted();
    if (child.exit() !== undefined) throw endedEarly(name, logFile);
    const missing = await options.missing(signal);
    if (missing === undefined) return;
    if (clock.monotonicMs() > deadlineMs) {
      throw new OperatingError('timeout', `${name} was not ready in time: ${missing} (log: ${logFile})`);
    }
    await clock.sleep(25, signal);
  }
}

function endedEarly(name: string, logFile: string): OperatingError {
  const last = lastLines(logFile, 1);
  return new OperatingError('unavailable', `${name} ended at its start: ${messageIn(last)} (log: ${logFile})`, {
    retryable: false,
  });
}

/** The sentence in a JSON log line, or the line itself. */
export function messageIn(line: string): string {
  try {
    const { msg } = JSON.parse(line) as { readonly msg?: unknown };
    return typeof msg === 'string' ? msg : line;
  } catch {
    return line === '' ? 'it wrote nothing' : line;
  }
}
