import type { FieldError } from '../../field-error.ts';
import type { StorageClass } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { qualifiedName } from '../../syntax/labels.ts';
import { dns1123Subdomain } from '../../syntax/names.ts';
import { child, duplicate, forbidden, index, invalids, notSupported, required } from '../../validation/field.ts';
import { validateImmutable } from '../../validation/immutable.ts';
import { age } from '../cells.ts';
import { AGE, NAME, narrow } from '../columns.ts';
import { oldNodeLabel } from '../node-labels.ts';
import { equal, rulesOf } from '../strategy.ts';
import { validateParameters, validateProvisioner } from './parameters.ts';

const RECLAIM_POLICIES: readonly string[] = ['Delete', 'Retain'];
const BINDING_MODES: readonly string[] = ['Immediate', 'WaitForFirstConsumer'];
/** Marks the class of claims that name none; the second is its old name. */
const DEFAULT_MARKS: readonly string[] = [
  'storageclass.kubernetes.io/is-default-class',
  'storageclass.beta.kubernetes.io/is-default-class',
];

function validate(one: Given<StorageClass>): readonly FieldError[] {
  const { provisioner = '', reclaimPolicy = '', volumeBindingMode = '' } = one;
  const errors = [
    ...validateProvisioner(provisioner, 'provisioner'),
    ...validateParameters(one.parameters ?? {}, true, 'parameters'),
  ];
  if (reclaimPolicy !== '' && !RECLAIM_POLICIES.includes(reclaimPolicy)) {
    errors.push(notSupported('reclaimPolicy', reclaimPolicy, RECLAIM_POLICIES));
  }
  if (!BINDING_MODES.includes(volumeBindingMode)) {
    errors.push(notSupported('volumeBindingMode', volumeBindingMode, BINDING_MODES));
  }
  return [...errors, ...validateTopologies(one)];
}

/** Where volumes may be made: terms that differ, each naming a label once with values that differ. */
function validateTopologies({ allowedTopologies = [] }: Given<StorageClass>): readonly FieldError[] {
  const terms = new Set<string>();
  return allowedTopologies.flatMap(({ matchLabelExpressions = [] }, at) => {
    const path = child(index('allowedTopologies', at), 'matchLabelExpressions');
    const keys = new Set<string>();
    const errors = matchLabelExpressions.flatMap(({ key: name = '', values = [] }, expressionAt) => {
      const here = index(path, expressionAt);
      const list = child(here, 'values');
      const found = values.flatMap((value, valueAt) =>
        values.indexOf(value) < valueAt ? [duplicate(index(list, valueAt), value)] : [],
      );
      if (values.length === 0) found.push(required(list));
      found.push(...invalids(child(here, 'key'), name, qualifiedName(name)));
      if (keys.has(name)) found.push(duplicate(child(here, 'key'), name));
      keys.add(name);
      return found;
    });
    const identity = matchLabelExpressions
      .map(({ key: name, values = [] }) => JSON.stringify([name, values.toSorted()]))
      .toSorted()
      .join();
    if (terms.has(identity)) errors.push(duplicate(path, ''));
    terms.add(identity);
    return errors;
  });
}

function warnings({ allowedTopologies = [] }: Given<StorageClass>): readonly string[] {
  return allowedTopologies.flatMap(({ matchLabelExpressions = [] }, at) => {
    const path = child(index('allowedTopologies', at), 'matchLabelExpressions');
    return matchLabelExpressions.flatMap(({ key = '' }, place) => oldNodeLabel(key, child(index(path, place), 'key')));
  });
}

function validateUpdate(next: Given<StorageClass>, previous: Given<StorageClass>): readonly FieldError[] {
  const detail = 'updates to %s are forbidden.';
  const errors = (['parameters', 'provisioner'] as const)
    .filter((field) => !equal(next[field] as never, previous[field] as never))
    .map((field) => forbidden(field, detail.replace('%s', field)));
  if (next.reclaimPolicy !== previous.reclaimPolicy) {
    errors.push(forbidden('reclaimPolicy', detail.replace('%s', 'reclaimPolicy')));
  }
  return [...errors, ...validateImmutable(next.volumeBindingMode, previous.volumeBindingMode, 'volumeBindingMode')];
}

export const storageClassColumns = [
  NAME,
  narrow('Provisioner', 'Who makes its volumes'),
  narrow('ReclaimPolicy', 'What becomes of a volume that is given back'),
  narrow('VolumeBindingMode', 'When a claim gets its volume'),
  narrow('AllowVolumeExpansion', 'Whether its volumes can grow'),
  AGE,
] as const;

export const storageClassRules = rulesOf<StorageClass>({
  metadata: { namespaced: false, name: dns1123Subdomain },
  defaults(one) {
    one.reclaimPolicy ??= 'Delete';
    one.volumeBindingMode ??= 'Immediate';
  },
  validate,
  validateUpdate,
  warnings,
  cells: (one) => {
    const { name = '', annotations } = one.metadata ?? {};
    const isDefault = DEFAULT_MARKS.some((mark) => annotations?.[mark] === 'true');
    return [
      isDefault ? `${name} (default)` : name,
      one.provisioner ?? '',
      one.reclaimPolicy ?? 'Delete',
      one.volumeBindingMode ?? '<unset>',
      one.allowVolumeExpansion ?? false,
      age(one.metadata),
    ];
  },
});
