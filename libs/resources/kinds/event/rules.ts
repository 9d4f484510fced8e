import type { Event as KubeEvent } from '../../generated/types.ts';
import type { Draft, Given } from '../../given.ts';
import { pathSegment } from '../../syntax/names.ts';
import { nullTimes } from '../null-times.ts';
import { rulesOf } from '../strategy.ts';
import { eventCells } from './table.ts';
import { validateEvent } from './validate.ts';

/** Kubernetes writes these also when they say nothing. */
function defaults(event: Draft<KubeEvent>): void {
  event.involvedObject ??= {};
  event.source ??= {};
  event.reportingComponent ??= '';
  event.reportingInstance ??= '';
  nullTimes([event], 'eventTime', 'firstTimestamp', 'lastTimestamp');
}

function involved(field: 'apiVersion' | 'fieldPath' | 'kind' | 'name' | 'namespace' | 'resourceVersion' | 'uid') {
  return (event: Given<KubeEvent>): string => event.involvedObject?.[field] ?? '';
}

export const eventRules = rulesOf<KubeEvent>({
  // Kubernetes takes whatever name a path can hold: Events are named after objects that have such names.
  metadata: { namespaced: true, name: pathSegment },
  defaults,
  validate: validateEvent,
  selectable: {
    'involvedObject.kind': involved('kind'),
    'involvedObject.namespace': involved('namespace'),
    'involvedObject.name': involved('name'),
    'involvedObject.uid': involved('uid'),
    'involvedObject.apiVersion': involved('apiVersion'),
    'involvedObject.resourceVersion': involved('resourceVersion'),
    'involvedObject.fieldPath': involved('fieldPath'),
    reason: (event) => event.reason ?? '',
    reportingComponent: (event) => event.reportingComponent ?? '',
    source: (event) => {
      const component = event.source?.component ?? '';
      return component === '' ? (event.reportingComponent ?? '') : component;
    },
    type: (event) => event.type ?? '',
  },
  cells: eventCells,
});
