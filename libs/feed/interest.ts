import { callJetStream } from '@taffrail/log/jetstream-api';
import type { NatsLink } from '@taffrail/log/connect';
import type { LogEvent } from '@taffrail/log/event';
import { subjectToken } from '@taffrail/log/subject';
import { limits } from '@taffrail/platform/limits';
import { FEED_STREAM } from './feed-stream.ts';
import { routeOf } from './route.ts';

/**
 * What of the feed somebody follows. May say too much and never too little: filters are told apart by resource and by node,
 * and a filter that is wider than that stands for everything it could mean.
 */
export interface Interest {
  add(filters: readonly string[]): void;
  /** The subject to publish an event on; undefined when nobody follows it. */
  subjectFor(event: LogEvent): string | undefined;
}

/** `everything` stands in where it is not known yet who follows. */
export const everything: Interest = Object.freeze({
  add: () => undefined,
  subjectFor: (event: LogEvent) => routeOf(event),
});

export function interestIn(filters: readonly string[] = []): Interest {
  /** By `<group>.<resource>` as subjects have them: the nodes that are followed, or all of them. */
  const nodes = new Map<string, Set<string> | 'all'>();
  /** The same by a resource's plain names, looked up once for each. */
  const known = new Map<string, Set<string> | 'all' | undefined>();
  let all = false;

  function add(added: readonly string[]): void {
    known.clear();
    for (const filter of added) {
      const [prefix, group = '>', resource = '>', namespace = '>', name = '>', node = '>'] = filter.split('.');
      if (prefix !== 'feed') continue;
      const wide = (token: string): boolean => token === '*' || token === '>';
      if (wide(group) || wide(resource)) {
        all = true;
        continue;
      }
      const place = `${group}.${resource}`;
      const followed = nodes.get(place);
      if (followed === 'all') continue;
      if (namespace === '>' || name === '>' || wide(node)) nodes.set(place, 'all');
      else nodes.set(place, (followed ?? new Set()).add(node));
    }
  }

  function nodesOf({ group, resource }: LogEvent): Set<string> | 'all' | undefined {
    const plain = `${group}/${resource}`;
    if (!known.has(plain)) {
      known.set(plain, nodes.get(`${subjectToken(group === '' ? 'core' : group)}.${subjectToken(resource)}`));
    }
    return known.get(plain);
  }

  add(filters);
  return Object.freeze({
    add,
    subjectFor(event: LogEvent): string | undefined {
      if (all) return routeOf(event);
      const followed = nodesOf(event);
      if (followed === undefined) return undefined;
      const subject = routeOf(event);
      return followed === 'all' || followed.has(subject.slice(subject.lastIndexOf('.') + 1)) ? subject : undefined;
    },
  });
}

interface ConsumerPage {
  readonly total: number;
  readonly consumers: readonly {
    readonly config: { readonly filter_subject?: string; readonly filter_subjects?: readonly string[] };
  }[];
}

/** The filters of everybody who has a consumer on FEED. Throws OperatingError, JetStreamRefusal. */
export async function followedFilters(link: NatsLink): Promise<readonly string[]> {
  const filters: string[] = [];
  let offset = 0;
  do {
    const page = await callJetStream<ConsumerPage>(link, `CONSUMER.LIST.${FEED_STREAM}`, { offset });
    for (const { config } of page.consumers) {
      filters.push(...(config.filter_subjects ?? [config.filter_subject ?? 'feed.>']));
    }
    offset += page.consumers.length;
    if (page.consumers.length === 0 || offset >= page.total) return filters;
  } while (offset < limits.feedFollowersCount);
  return ['feed.>'];
}
