import { OperatingError } from '@taffrail/platform/failure';
import type { NatsLink } from './connect.ts';
import { openJetStreamLog } from './jetstream-log.ts';
import { logStreams } from './segments.ts';
import type { WindowLog } from './window-log.ts';

/** The logs of a cluster, in the order in which files hold them. Only one that is trimmable may begin later than at 1. */
export const CLUSTER_LOGS = [
  { name: 'LOG', trimmable: false },
  { name: 'EVENTS', trimmable: true },
] as const;

export function isTrimmable(log: string): boolean {
  return CLUSTER_LOGS.some(({ name, trimmable }) => name === log && trimmable);
}

/** Throws OperatingError `log-gap` for a log that begins later than it may. */
export function requireUncut(log: string, first: number): void {
  if (first <= 1 || isTrimmable(log)) return;
  throw new OperatingError('log-gap', `log ${log}: it begins at commit ${first}; all before it are missing`);
}

/** Opens the logs that are there and makes none. Throws OperatingError as `openJetStreamLog` does; without a `LOG`, too. */
export async function openPresentLogs(link: NatsLink): Promise<readonly WindowLog[]> {
  const logs: WindowLog[] = [];
  for (const { name, trimmable } of CLUSTER_LOGS) {
    if (trimmable && !(await logStreams(link, name)).some(({ complete }) => complete)) continue;
    logs.push(await openJetStreamLog(link, { name, trimmable, existing: true }));
  }
  return logs;
}
