import type { FieldError } from '../../field-error.ts';
import type { Event as KubeEvent } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { dns1123Subdomain } from '../../syntax/names.ts';
import { validateImmutable } from '../../validation/immutable.ts';
import { invalid, invalids, required } from '../../validation/field.ts';

/*
 * What `events.k8s.io/v1` asks beyond core/v1: an Event says when and by whom it was seen, leaves the old fields alone, and
 * what it says stays said. Only its series goes on. Fields are called as core/v1 calls them, as Kubernetes does.
 */

/** Of an Event created through `events.k8s.io/v1`. */
export function validateStrictCreation(event: Given<KubeEvent>): readonly FieldError[] {
  const { type = '', count = 0, source = {} } = event;
  const name = event.metadata?.name ?? '';
  const unset = (field: string): FieldError => invalid(field, '', 'needs to be unset');
  return [
    ...invalids('metadata.name', name, dns1123Subdomain(name)),
    ...validateSeries(event),
    ...(isSet(event.eventTime) ? [] : [required('eventTime')]),
    ...(['Normal', 'Warning'].includes(type) ? [] : [invalid('type', '', `has invalid value: ${type}`)]),
    ...(isSet(event.firstTimestamp) ? [unset('firstTimestamp')] : []),
    ...(isSet(event.lastTimestamp) ? [unset('lastTimestamp')] : []),
    ...(count === 0 ? [] : [unset('count')]),
    ...((source.component ?? '') === '' && (source.host ?? '') === '' ? [] : [unset('source')]),
  ];
}

const IMMUTABLE = [
  'involvedObject',
  'reason',
  'message',
  'source',
  'firstTimestamp',
  'lastTimestamp',
  'count',
  // Kubernetes looks at it twice.
  'reason',
  'type',
  'eventTime',
  'action',
  'related',
  'reportingComponent',
  'reportingInstance',
] as const;

/** Of an Event updated through it. */
export function validateStrictUpdate(next: Given<KubeEvent>, previous: Given<KubeEvent>): readonly FieldError[] {
  const seriesChanged = JSON.stringify(next.series) !== JSON.stringify(previous.series);
  return [
    ...(seriesChanged ? validateSeries(next) : []),
    ...IMMUTABLE.flatMap((field) =>
      validateImmutable(next[field], previous[field], field === 'reportingComponent' ? 'reportingController' : field),
    ),
  ];
}

function validateSeries({ series }: Given<KubeEvent>): readonly FieldError[] {
  if (series === undefined || series === null) return [];
  return [
    ...((series.count ?? 0) < 2 ? [invalid('series.count', '', 'should be at least 2')] : []),
    ...(isSet(series.lastObservedTime) ? [] : [required('series.lastObservedTime')]),
  ];
}

function isSet(time: string | null | undefined): boolean {
  return time !== undefined && time !== null;
}
