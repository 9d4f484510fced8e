import { conversionBetween, type ConversionSteps } from '../conversion.ts';
import type { ResourceDefinition, ResourceRules } from '../definition.ts';
import type { FieldError } from '../field-error.ts';
import type { Event as KubeEvent } from '../generated/types.ts';
import type { Given } from '../given.ts';
import type { KubeObject } from '../object.ts';
import { fullName } from '../schema-text.ts';
import { autoscalerConversion } from './conversions/autoscaler.ts';
import { claimConversion, claimTemplateConversion, sliceConversion } from './conversions/devices.ts';
import { EVENT_FIELDS, eventConversion } from './conversions/event.ts';
import { validateStrictCreation, validateStrictUpdate } from './event/validate-strict.ts';

interface OtherVersion {
  /** Where the stored version is served. */
  readonly group: string;
  readonly resource: string;
  /** Where this one is; the same group when absent. */
  readonly servedGroup?: string;
  readonly version: string;
  readonly steps?: ConversionSteps;
  /** Selectable fields that have another name, by the name they have in storage. */
  readonly fields?: ReadonlyMap<string, string>;
  /** What this version asks beyond the stored one; objects come in their stored form. */
  readonly strict?: StrictRules;
}

interface StrictRules {
  creation(object: KubeObject): readonly FieldError[];
  update(next: KubeObject, previous: KubeObject): readonly FieldError[];
}

const eventFields = new Map(EVENT_FIELDS.map(([served, stored]) => [stored, served]));

/** Versions that are served beside the one their objects are stored as. */
const OTHER_VERSIONS: readonly OtherVersion[] = [
  {
    group: '',
    resource: 'events',
    servedGroup: 'events.k8s.io',
    version: 'v1',
    steps: eventConversion,
    fields: eventFields,
    strict: {
      creation: (object) => validateStrictCreation(object as Given<KubeEvent>),
      update: (next, previous) => validateStrictUpdate(next as Given<KubeEvent>, previous as Given<KubeEvent>),
    },
  },
  { group: 'autoscaling', resource: 'horizontalpodautoscalers', version: 'v1', steps: autoscalerConversion },
  { group: 'admissionregistration.k8s.io', resource: 'mutatingadmissionpolicies', version: 'v1beta1' },
  { group: 'admissionregistration.k8s.io', resource: 'mutatingadmissionpolicybindings', version: 'v1beta1' },
  { group: 'networking.k8s.io', resource: 'ipaddresses', version: 'v1beta1' },
  { group: 'networking.k8s.io', resource: 'servicecidrs', version: 'v1beta1' },
  { group: 'storage.k8s.io', resource: 'volumeattributesclasses', version: 'v1beta1' },
  { group: 'resource.k8s.io', resource: 'deviceclasses', version: 'v1beta2' },
  { group: 'resource.k8s.io', resource: 'resourceclaims', version: 'v1beta2' },
  { group: 'resource.k8s.io', resource: 'resourceclaimtemplates', version: 'v1beta2' },
  { group: 'resource.k8s.io', resource: 'resourceslices', version: 'v1beta2' },
  { group: 'resource.k8s.io', resource: 'deviceclasses', version: 'v1beta1' },
  { group: 'resource.k8s.io', resource: 'resourceclaims', version: 'v1beta1', steps: claimConversion },
  { group: 'resource.k8s.io', resource: 'resourceclaimtemplates', version: 'v1beta1', steps: claimTemplateConversion },
  { group: 'resource.k8s.io', resource: 'resourceslices', version: 'v1beta1', steps: sliceConversion },
];

/** The definitions of versions that are stored as one of `stored`. */
export function otherVersions(stored: readonly ResourceDefinition[]): readonly ResourceDefinition[] {
  return OTHER_VERSIONS.flatMap((other) => {
    const storage = stored.find((one) => one.group === other.group && one.resource === other.resource);
    return storage === undefined ? [] : [versionOf(storage, other)];
  });
}

function versionOf(storage: ResourceDefinition, other: OtherVersion): ResourceDefinition {
  const group = other.servedGroup ?? storage.group;
  const { kind } = storage;
  const conversion = conversionBetween({ group, version: other.version, kind }, storage, other.steps ?? {});
  return Object.freeze<ResourceDefinition>({
    ...storage,
    group,
    version: other.version,
    schema: fullName(`${group.split('.', 1)[0]}.${other.version}.${kind}`),
    rules: servedRules(storage.rules, conversion.toStorage, other),
    conversion,
  });
}

/** What is asked of a version: rows and selectable fields of what it shows, and what it asks beyond the stored one. */
function servedRules(
  rules: ResourceRules,
  toStorage: (object: KubeObject) => KubeObject,
  { fields: names = new Map<string, string>(), strict }: OtherVersion,
): ResourceRules {
  const served = (field: string): string => {
    const [first = '', ...rest] = field.split('.');
    return [names.get(first) ?? first, ...rest].join('.');
  };
  return Object.freeze<ResourceRules>({
    ...rules,
    ...(strict === undefined
      ? {}
      : {
          validateCreate: (object) => [...rules.validateCreate(object), ...strict.creation(object)],
          validateUpdate: (next, previous, subresource) => [
            ...rules.validateUpdate(next, previous, subresource),
            ...strict.update(next, previous),
          ],
        }),
    selectableFieldNames: rules.selectableFieldNames.map(served),
    selectableFields: (object) =>
      Object.fromEntries(
        Object.entries(rules.selectableFields(toStorage(object))).map(([field, value]) => [served(field), value]),
      ),
    tableCells: (object) => rules.tableCells(toStorage(object)),
  });
}
