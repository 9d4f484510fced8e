import type { LogEvent } from '@taffrail/log/event';
import { feedSubject } from './subject.ts';

/** The subject an event is published on. A pod's last token is its node, so that each agent follows its own pods only. */
export function routeOf(event: LogEvent): string {
  return feedSubject(event, event.group === '' && event.resource === 'pods' ? nodeOf(event.object) : '');
}

function nodeOf(pod: Uint8Array): string {
  const { spec } = JSON.parse(Buffer.from(pod.buffer, pod.byteOffset, pod.byteLength).toString()) as {
    readonly spec?: { readonly nodeName?: string };
  };
  return spec?.nodeName ?? '';
}

/** Tells every follower that events may be missing. Outside `feed.`, so that no filter overlaps it. */
export const RELIST_SUBJECT = 'feed-relist';
