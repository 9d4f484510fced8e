import type { FieldError } from '../../field-error.ts';
import type { PriorityClass } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { dns1123Subdomain } from '../../syntax/names.ts';
import { forbidden, notSupported, required } from '../../validation/field.ts';
import { validateImmutable } from '../../validation/immutable.ts';
import { age } from '../cells.ts';
import { AGE, NAME, narrow } from '../columns.ts';
import { rulesOf } from '../strategy.ts';

/** The classes every cluster has, with their values. */
export const SYSTEM_PRIORITIES: Readonly<Record<string, number>> = Object.freeze({
  'system-cluster-critical': 2_000_000_000,
  'system-node-critical': 2_000_001_000,
});

/** What lies above is the system's. */
const MAXIMUM_VALUE = 1_000_000_000;
const POLICIES: readonly string[] = ['PreemptLowerPriority', 'Never'];
const RESERVED = "priority class names with 'system-' prefix are reserved for system use only. error: ";

function validate(one: Given<PriorityClass>): readonly FieldError[] {
  const { name = '' } = one.metadata ?? {};
  const { value = 0, preemptionPolicy } = one;
  const errors: FieldError[] = [];
  if (name.startsWith('system-')) {
    const fault = systemFault(one, name);
    if (fault !== undefined) errors.push(forbidden('metadata.name', `${RESERVED}${fault}`));
  } else if (value > MAXIMUM_VALUE) {
    errors.push(forbidden('value', `maximum allowed value of a user defined priority is ${MAXIMUM_VALUE}`));
  }
  if (preemptionPolicy === '') errors.push(required('preemptionPolicy'));
  else if (preemptionPolicy !== undefined && !POLICIES.includes(preemptionPolicy)) {
    errors.push(notSupported('preemptionPolicy', preemptionPolicy, POLICIES));
  }
  return errors;
}

/** What tells a class of the system's from one that only has such a name. */
function systemFault({ value = 0, globalDefault = false }: Given<PriorityClass>, name: string): string | undefined {
  const known = Object.hasOwn(SYSTEM_PRIORITIES, name) ? SYSTEM_PRIORITIES[name] : undefined;
  if (known === undefined) return `${name} is not a known system priority class`;
  if (known !== value) return `value of ${name} PriorityClass must be ${known}`;
  return globalDefault ? `globalDefault of ${name} PriorityClass must be false` : undefined;
}

function validateUpdate(next: Given<PriorityClass>, previous: Given<PriorityClass>): readonly FieldError[] {
  return [
    ...(next.value === previous.value ? [] : [forbidden('value', 'may not be changed in an update.')]),
    ...validateImmutable(next.preemptionPolicy, previous.preemptionPolicy, 'preemptionPolicy'),
  ];
}

export const priorityClassColumns = [
  NAME,
  narrow('Value', 'The priority of its pods; higher goes first', 'integer'),
  narrow('Global-Default', 'Whether pods that name no class have it', 'boolean'),
  AGE,
  narrow('PreemptionPolicy', 'Whether its pods may evict others'),
] as const;

export const priorityClassRules = rulesOf<PriorityClass>({
  metadata: { namespaced: false, name: dns1123Subdomain },
  defaults(one) {
    one.value ??= 0;
    one.preemptionPolicy ??= 'PreemptLowerPriority';
  },
  generation: true,
  validate,
  validateUpdate,
  cells: (one) => [
    one.metadata?.name ?? '',
    one.value ?? 0,
    one.globalDefault ?? false,
    age(one.metadata),
    one.preemptionPolicy ?? '',
  ],
});
