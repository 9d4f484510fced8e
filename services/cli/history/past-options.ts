import type { Command } from 'commander';
import { withClusterOptions, type ClusterOptions } from '../cluster.ts';
import { UsageError } from '../failure.ts';

/** How a command about the past says which cluster and what of it. */
export interface PastOptions extends ClusterOptions {
  readonly context?: string;
  readonly namespace?: string;
  readonly output: string;
}

/** Adds the options every command about the past has. */
export function withPastOptions(command: Command, namespaceMeans: string): Command {
  return withClusterOptions(command)
    .option('--context <name>', 'context of the kubeconfig')
    .option('-n, --namespace <namespace>', `${namespaceMeans} (default: that of the context)`)
    .option('-o, --output <format>', 'text or json', 'text');
}

/** A count from an option. Throws UsageError. */
export function countOption(name: string, text: string): number {
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < 1) throw new UsageError(`${name} is a number from 1, not "${text}"`);
  return count;
}

const UNITS_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * A moment as the API takes it: a revision or an RFC 3339 time as they are, and a time that has passed since (`90s`, `10m`,
 * `2h`, `7d`) as the time it was then. Throws UsageError.
 */
export function momentOption(name: string, text: string, nowMs: number): string {
  if (/^\d+$/.test(text)) return text;
  const ago = /^(\d+)(s|m|h|d)$/.exec(text);
  if (ago !== null) {
    const [, count = '', unit = ''] = ago;
    return new Date(Math.max(0, nowMs - Number(count) * (UNITS_MS[unit] ?? 0))).toISOString();
  }
  const atMs = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(atMs)) {
    throw new UsageError(
      `${name} is a revision, a time (2026-11-21T09:00:00Z) or how long ago (10m, 2h, 7d), not "${text}"`,
    );
  }
  return new Date(atMs).toISOString();
}
