import type { LogEvent } from '@taffrail/log/event';
import { feedSubject } from './subject.ts';

/** The subject an event is published on. A pod's last token is its node, so that each agent follows its own pods only. */
export function routeOf(event: LogEvent): string {
  return feedSubject(event, event.group === '' && event.resource === 'pods' ? nodeOf(event.object) : '');
}

const NODE_NAME = '"nodeName":';

function nodeOf(pod: Uint8Array): string {
  const bytes = Buffer.from(pod.buffer, pod.byteOffset, pod.byteLength);
  // Inside a text the quotes would be escaped: without these bytes there is no such field, and nothing to parse for.
  if (!bytes.includes(NODE_NAME)) return '';
  const { spec } = JSON.parse(bytes.toString()) as {
    readonly spec?: { readonly nodeName?: string };
  };
  return spec?.nodeName ?? '';
}

/** Tells every follower that events may be missing. Outside `feed.`, so that no filter overlaps it. */
export const RELIST_SUBJECT = 'feed-relist';

/** Where a follower says what it is about to follow: its filters, with spaces between. A dispatcher answers once it serves them. */
export const FOLLOW_SUBJECT = 'feed-follow';
