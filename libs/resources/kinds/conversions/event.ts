import type { ConversionSteps } from '../../conversion.ts';
import type { JsonObject } from '../../json.ts';

/** Fields of `events.k8s.io/v1` Events and what core/v1 calls them. All others have the same name in both. */
export const EVENT_FIELDS: readonly (readonly [string, string])[] = [
  ['regarding', 'involvedObject'],
  ['note', 'message'],
  ['reportingController', 'reportingComponent'],
  ['deprecatedSource', 'source'],
  ['deprecatedFirstTimestamp', 'firstTimestamp'],
  ['deprecatedLastTimestamp', 'lastTimestamp'],
  ['deprecatedCount', 'count'],
];

function renamed(object: JsonObject, names: ReadonlyMap<string, string>): JsonObject {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [names.get(name) ?? name, value]));
}

const toCore = new Map(EVENT_FIELDS);
const fromCore = new Map(EVENT_FIELDS.map(([events, core]) => [core, events]));

/** Events of `events.k8s.io/v1`, stored as core/v1. */
export const eventConversion: ConversionSteps = {
  toStorage: (object) => renamed(object, toCore),
  fromStorage: (object) => renamed(object, fromCore),
};
