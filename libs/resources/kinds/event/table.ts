import type { Event as KubeEvent } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { since } from '../cells.ts';
import { narrow, wide } from '../columns.ts';
import type { Cell } from '../../cell.ts';

export const eventColumns = [
  narrow('Last Seen', 'Time since it last happened'),
  narrow('Type', 'Normal or Warning'),
  narrow('Reason', 'Why it was recorded, in one word'),
  narrow('Object', 'What it is about'),
  wide('Subobject', 'Part of the object it is about'),
  wide('Source', 'Who recorded it'),
  narrow('Message', 'What happened'),
  wide('First Seen', 'Time since it first happened'),
  wide('Count', 'How often it happened'),
  Object.freeze({ name: 'Name', type: 'string', format: 'name', priority: 1, description: 'Name of the event' }),
] as const;

export function eventCells(event: Given<KubeEvent>): readonly Cell[] {
  const first = event.firstTimestamp ?? event.eventTime ?? undefined;
  const last = event.series?.lastObservedTime ?? event.lastTimestamp ?? first;
  return [
    since(last),
    event.type ?? '',
    event.reason ?? '',
    subject(event),
    event.involvedObject?.fieldPath ?? '',
    source(event),
    (event.message ?? '').trim(),
    since(first),
    event.series?.count ?? (event.count || 1),
    event.metadata?.name ?? '',
  ];
}

function subject(event: Given<KubeEvent>): string {
  const kind = (event.involvedObject?.kind ?? '').toLowerCase();
  const name = event.involvedObject?.name ?? '';
  return name === '' ? kind : `${kind}/${name}`;
}

function source(event: Given<KubeEvent>): string {
  const component = event.source?.component || event.reportingComponent || '';
  const instance = event.source?.host || event.reportingInstance || '';
  return [component, instance].filter((part) => part !== '').join(', ');
}
