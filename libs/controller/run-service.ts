import { parseArgs, type ParseArgsConfig } from 'node:util';
import { systemClock } from '@taffrail/platform/clock';
import { collectWhenIdle } from '@taffrail/platform/collect-when-idle';
import { messageOf } from '@taffrail/platform/failure';
import { isHelpAsked } from '@taffrail/platform/help-asked';
import type { Logger } from '@taffrail/platform/logger';
import {
  startTelemetry,
  TELEMETRY_OPTIONS,
  telemetryFlags,
  type Telemetry,
  type TelemetryFlags,
  type TelemetryValues,
} from '@taffrail/telemetry/telemetry';

/** Wrong words on a command line. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** What every service is told beside its own flags. */
export interface ServiceFlags {
  readonly telemetry: TelemetryFlags;
}

export interface ServiceProgram<Flags extends ServiceFlags> {
  /** e.g. `scheduler`: what traces and metrics call it. */
  readonly component: string;
  /** What `--help` says: one line with every flag. */
  readonly usage: string;
  /** Reads the flags; throws UsageError or what parseArgs throws. */
  flags(args: readonly string[]): Flags;
  /** Runs until the signal is aborted. What it throws before that is fatal. */
  run(flags: Flags, telemetry: Telemetry, signal: AbortSignal): Promise<void>;
  readonly logger: Logger;
}

/**
 * A service's life: exit 0 after `--help`, 2 with one sentence for bad usage, 0 after SIGTERM or SIGINT once everything has stopped, 1 with
 * one sentence for a failure nobody can mend.
 */
export async function runService<Flags extends ServiceFlags>(program: ServiceProgram<Flags>): Promise<void> {
  const { logger, component } = program;
  const args = process.argv.slice(2);
  if (isHelpAsked(args)) {
    process.stdout.write(`${program.usage}\n`);
    return;
  }
  let flags: Flags;
  try {
    flags = program.flags(args);
  } catch (error) {
    process.stderr.write(`taffrail ${component}: ${messageOf(error)}\n`);
    process.exitCode = 2;
    return;
  }
  collectWhenIdle(systemClock);
  const stop = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.once(name, () => {
      logger.info({ signal: name }, 'stopping');
      stop.abort(new Error(`stopped by ${name}`));
    });
  }
  try {
    const telemetry = await startTelemetry({ component, flags: flags.telemetry, clock: systemClock, logger });
    try {
      await program.run(flags, telemetry, stop.signal);
    } finally {
      await telemetry.close();
    }
    logger.info('stopped');
    process.exit(0);
  } catch (error) {
    logger.fatal({ error: messageOf(error), stack: error instanceof Error ? error.stack : undefined }, 'cannot go on');
    process.stderr.write(`taffrail ${component}: ${messageOf(error)}\n`);
    process.exit(1);
  }
}

/** The two flags every service has that works through the API. */
export interface ClusterFlags extends ServiceFlags {
  readonly kubeconfig: string;
  readonly natsUrl: string;
}

/** Their definition, for a service that has more beside them. */
export const CLUSTER_OPTIONS = {
  kubeconfig: { type: 'string' },
  'nats-url': { type: 'string' },
  ...TELEMETRY_OPTIONS,
} as const satisfies NonNullable<ParseArgsConfig['options']>;

/** Both, and those of telemetry, as `usage` shows them. */
export const CLUSTER_USAGE = '--kubeconfig FILE --nats-url URL [--metrics-address ADDRESS:PORT] [--otlp-endpoint URL]';

/** Checks the telemetry flags. Throws UsageError. */
export function checkedTelemetry(values: TelemetryValues): TelemetryFlags {
  const flags = telemetryFlags(values);
  if (typeof flags === 'string') throw new UsageError(flags);
  return flags;
}

/** Reads `--kubeconfig F --nats-url U`, which are needed, and the telemetry flags. */
export function clusterFlags(args: readonly string[]): ClusterFlags {
  const { values } = parseArgs({ args: [...args], options: CLUSTER_OPTIONS, strict: true, allowPositionals: false });
  return checkedCluster(values);
}

/** What was given for `CLUSTER_OPTIONS`, as parseArgs hands it over. */
export type ClusterValues = TelemetryValues & { readonly kubeconfig?: string; readonly 'nats-url'?: string };

/** Checks them. Throws UsageError. */
export function checkedCluster(values: ClusterValues): ClusterFlags {
  const { kubeconfig, 'nats-url': natsUrl } = values;
  if (kubeconfig === undefined) throw new UsageError('--kubeconfig FILE is needed: how to reach the API server');
  if (natsUrl === undefined) throw new UsageError('--nats-url URL is needed: where the log is');
  return { kubeconfig, natsUrl, telemetry: checkedTelemetry(values) };
}
