import { readFile, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { backoff } from '@taffrail/platform/backoff';
import type { Clock } from '@taffrail/platform/clock';
import { messageOf } from '@taffrail/platform/failure';
import { limits } from '@taffrail/platform/limits';
import type { Logger } from '@taffrail/platform/logger';
import type { Random } from '@taffrail/platform/random';
import type { ServiceView } from '../source/service-view.ts';
import { loadRuleset } from './nft.ts';
import { ruleset } from './ruleset.ts';
import { serviceRules } from './service-rules.ts';

export interface ServiceProxyOptions {
  readonly view: ServiceView;
  readonly nodeName: string;
  readonly dataDirectory: string;
  readonly podCidr: string;
  readonly serviceCidr: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** The table of a data directory: two nodes on one machine do not meet. */
export function tableName(dataDirectory: string): string {
  return `taffrail_${createHash('sha256').update(dataDirectory).digest('hex').slice(0, 8)}`;
}

/**
 * Keeps the node's ruleset equal to the cluster's Services until the signal is aborted, then takes it away. Before the first
 * list only the refusal of the whole service range stands. While the API is away the last ruleset stays.
 */
export async function proxyServices(options: ServiceProxyOptions, signal: AbortSignal): Promise<void> {
  const { view, clock, random, logger, nodeName, podCidr, serviceCidr } = options;
  const table = tableName(options.dataDirectory);
  const retry = backoff(random, limits.proxyRetryMinimumMs, limits.proxyRetryMaximumMs);
  let loaded = '';
  let changed = true;
  let wake = (): void => undefined;
  const nudge = (): void => {
    changed = true;
    wake();
  };
  view.onChange(nudge);
  signal.addEventListener('abort', nudge, { once: true });
  await allowForwarding(logger);
  while (!signal.aborted) {
    if (!changed) {
      await new Promise<void>((resolve) => (wake = resolve));
      continue;
    }
    // Several changes that come together make one ruleset.
    await clock.sleep(limits.proxyDebounceMs, signal).catch(() => undefined);
    if (signal.aborted) break;
    changed = false;
    const rules = view.synced ? serviceRules(view.services(), view.slices(), nodeName) : [];
    const text = ruleset(rules, { table, podCidr, serviceCidr, localPodIps: localBackends(view, nodeName) });
    if (text === loaded) continue;
    try {
      await loadRuleset(text, signal);
      loaded = text;
      retry.reset();
      logger.debug({ rules: rules.length }, 'service rules loaded');
    } catch (error) {
      if (signal.aborted) break;
      logger.error({ error: messageOf(error) }, 'service rules could not be loaded');
      changed = true;
      await clock.sleep(retry.nextMs(), signal).catch(() => undefined);
    }
  }
  await loadRuleset(`add table ip ${table}\ndelete table ip ${table}\n`);
}

/** Endpoints on this node: the only pods that can reach themselves through a Service. */
function localBackends(view: ServiceView, nodeName: string): readonly string[] {
  const local = view
    .slices()
    .flatMap(({ endpoints = [] }) => endpoints.filter((endpoint) => endpoint.nodeName === nodeName))
    .flatMap(({ addresses }) => addresses.filter((address) => !address.includes(':')));
  return [...new Set(local)].sort();
}

/** Pods reach other networks only through a node that forwards, and each other's Services only if bridged packets are seen. */
const SWITCHES: readonly { readonly file: string; readonly without: string }[] = [
  { file: '/proc/sys/net/ipv4/ip_forward', without: 'pods may be cut off from other networks' },
  {
    file: '/proc/sys/net/bridge/bridge-nf-call-iptables',
    without: 'pods may not reach a Service whose backend is on the same node (load br_netfilter)',
  },
];

async function allowForwarding(logger: Logger): Promise<void> {
  for (const { file, without } of SWITCHES) {
    try {
      if ((await readFile(file, 'utf8')).trim() !== '1') await writeFile(file, '1');
    } catch (error) {
      logger.warn({ file, error: messageOf(error) }, without);
    }
  }
}
