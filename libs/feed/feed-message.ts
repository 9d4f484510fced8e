import { headers, type MsgHdrs } from '@nats-io/transport-node';
import { parseRevision } from '@taffrail/platform/brand';
import { OperatingError } from '@taffrail/platform/failure';
import type { LogEvent } from '@taffrail/log/event';
import { spliceResourceVersion } from '@taffrail/log/object-bytes';
import type { StreamMessage } from '@taffrail/log/pull-reader';
import type { FeedEvent } from './feed.ts';

/** An event as it travels on FEED: a CloudEvent in binary mode, attributes as `ce-` headers, the object as its data. */
export interface FeedMessage {
  /** Unique over all logs: revisions count for each log by itself, and a resource lives in one log. */
  readonly id: string;
  readonly headers: MsgHdrs;
  readonly body: Buffer;
}

/** Makes the message of an event, in the trace of `traceparent`. Texts a client chose are percent-encoded: headers are ASCII. */
export function feedMessage(event: LogEvent, traceparent: string = event.cause.traceparent): FeedMessage {
  const place = event.group === '' ? `/api/${event.version}` : `/apis/${event.group}/${event.version}`;
  const id = `${event.resource}.${event.group}/${event.revision}`;
  const attributes = headers();
  const set = (name: string, value: string): void => attributes.set(`ce-${name}`, value);
  attributes.set('Nats-Msg-Id', id);
  attributes.set('content-type', 'application/json');
  set('specversion', '1.0');
  set('id', id);
  set('type', `dev.taffrail.${event.verb}`);
  set('source', `${place}/${event.resource}`);
  set('time', new Date(event.timeMs).toISOString());
  set('subject', encodeURIComponent(event.name));
  set('revision', String(event.revision));
  set('namespace', encodeURIComponent(event.namespace));
  set('group', event.group);
  set('resource', event.resource);
  set('uid', encodeURIComponent(event.uid));
  set('correlationid', encodeURIComponent(event.cause.correlation));
  if (traceparent !== '') set('traceparent', encodeURIComponent(traceparent));
  return { id, headers: attributes, body: spliceResourceVersion(event.object, event.revision) };
}

/** Reads a message of FEED. Throws OperatingError `protocol` when it is none of ours. */
export function readFeedMessage(message: Pick<StreamMessage, 'subject' | 'headers' | 'payload'>): FeedEvent {
  const attribute = (name: string): string => message.headers?.get(`ce-${name}`) ?? '';
  const revision = parseRevision(attribute('revision'));
  const verb = attribute('type').replace(/^dev\.taffrail\./, '');
  if (revision === undefined || (verb !== 'created' && verb !== 'updated' && verb !== 'deleted')) {
    throw new OperatingError('protocol', `a message on ${message.subject} is not an event`);
  }
  return {
    revision,
    verb,
    group: attribute('group'),
    resource: attribute('resource'),
    namespace: decodeURIComponent(attribute('namespace')),
    name: decodeURIComponent(attribute('subject')),
    uid: decodeURIComponent(attribute('uid')),
    body: message.payload,
    traceparent: decodeURIComponent(attribute('traceparent')),
    correlation: decodeURIComponent(attribute('correlationid')),
  };
}
