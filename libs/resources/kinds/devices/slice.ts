import type { FieldError } from '../../field-error.ts';
import type { NodeSelectorRequirement, ResourcePool, ResourceSlice, ResourceSliceSpec } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { dns1123Subdomain } from '../../syntax/names.ts';
import { validateDriverName } from '../../validation/csi-driver-name.ts';
import { child, invalid, invalids, required } from '../../validation/field.ts';
import { goStructure } from '../../validation/go-syntax.ts';
import { validateImmutable } from '../../validation/immutable.ts';
import { validateNodeSelector } from '../../validation/pod/affinity.ts';
import { age } from '../cells.ts';
import { rulesOf } from '../strategy.ts';
import { validateCounters, validateDevice, validateSetName } from './device.ts';
import { validateSet } from './lists.ts';
import { validatePoolName } from './names.ts';

type SliceSpec = Given<ResourceSliceSpec>;

const DEVICES = 128;
const DEVICES_WITH_MORE = 64;
const COUNTER_SETS = 8;
const UNSET_OR_TRUE = 'must be either unset or set to true';

function validate({ spec = {} }: Given<ResourceSlice>, previous?: Given<ResourceSlice>): readonly FieldError[] {
  const errors = [...validateDriverName(spec.driver ?? '', 'spec.driver'), ...validatePool(spec.pool ?? {})];
  if (previous !== undefined) {
    const before = previous.spec ?? {};
    errors.push(
      ...validateImmutable(spec.pool?.name, before.pool?.name, 'spec.pool.name'),
      ...validateImmutable(spec.driver, before.driver, 'spec.driver'),
      ...validateImmutable(spec.nodeName, before.nodeName, 'spec.nodeName'),
    );
  }
  errors.push(...validateNodes(spec));
  if (spec.sharedCounters !== undefined && spec.devices !== undefined) {
    errors.push(invalid('spec', '', 'only one of `sharedCounters` or `devices` is allowed'));
  }
  return [...errors, ...validateDevices(spec, previous?.spec), ...validateCounterSets(spec)];
}

function validatePool({ name = '', resourceSliceCount = 0, generation = 0 }: Given<ResourcePool>) {
  const path = 'spec.pool';
  const errors = [...validatePoolName(name, child(path, 'name'))];
  if (resourceSliceCount <= 0) {
    errors.push(invalid(child(path, 'resourceSliceCount'), resourceSliceCount, 'must be greater than zero'));
  }
  if (generation < 0) {
    errors.push(invalid(child(path, 'generation'), generation, 'must be greater than or equal to zero'));
  }
  return errors;
}

/** Which nodes have the devices is said in one way. */
function validateNodes(spec: SliceSpec): readonly FieldError[] {
  const { nodeName, nodeSelector, allNodes, perDeviceNodeSelection } = spec;
  const errors: FieldError[] = [];
  const said: string[] = [];
  if (nodeName === '') {
    errors.push(invalid('spec.nodeName', nodeName, 'must be either unset or set to a non-empty string'));
  } else if (nodeName !== undefined) {
    said.push('`nodeName`');
    errors.push(...invalids('spec.nodeName', nodeName, dns1123Subdomain(nodeName)));
  }
  if (nodeSelector !== undefined) {
    said.push('`nodeSelector`');
    errors.push(...validateNodeSelector(nodeSelector, 'spec.nodeSelector'), ...validateOneTerm(nodeSelector));
  }
  for (const [field, value] of Object.entries({ allNodes, perDeviceNodeSelection })) {
    if (value === true) said.push(`\`${field}\``);
    if (value === false) errors.push(invalid(child('spec', field), value, UNSET_OR_TRUE));
  }
  if (said.length === 1) return errors;
  const detail = 'exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required';
  if (said.length === 0) return [...errors, required('spec', detail)];
  return [...errors, invalid('spec', `{${said.join(', ')}}`, `${detail}, but multiple fields are set`)];
}

/** Selectors of several slices are joined to one, which several terms would not allow. */
function validateOneTerm({ nodeSelectorTerms: terms = [] }: NonNullable<SliceSpec['nodeSelector']>) {
  if (terms.length === 1) return [];
  const shown = terms.map(({ matchExpressions, matchFields }) => ({
    MatchExpressions: matchExpressions?.map(shownRequirement),
    MatchFields: matchFields?.map(shownRequirement),
  }));
  const value = terms.length === 0 ? { goSyntax: 'null' } : goList(shown);
  return [invalid('spec.nodeSelector.nodeSelectorTerms', value, 'must have exactly one node selector term')];
}

function goList(items: readonly Readonly<Record<string, unknown>>[]): { readonly goSyntax: string } {
  return { goSyntax: `[${items.map((item) => goStructure(item).goSyntax).join(',')}]` };
}

function shownRequirement(one: Given<NodeSelectorRequirement>) {
  return { Key: one.key ?? '', Operator: one.operator ?? '', Values: one.values };
}

function validateDevices(spec: SliceSpec, before: SliceSpec | undefined): readonly FieldError[] {
  const devices = spec.devices ?? [];
  const known = new Map((before?.devices ?? []).map((device) => [device.name ?? '', device]));
  const hasMore = devices.some(
    ({ taints = [], consumesCounters = [] }) => taints.length > 0 || consumesCounters.length > 0,
  );
  return validateSet(
    devices,
    hasMore ? DEVICES_WITH_MORE : DEVICES,
    (device, at) => validateDevice(device, known.get(device.name ?? ''), spec.perDeviceNodeSelection === true, at),
    ({ name = '' }) => name,
    'spec.devices',
  );
}

function validateCounterSets({ sharedCounters }: SliceSpec): readonly FieldError[] {
  return validateSet(
    sharedCounters,
    COUNTER_SETS,
    ({ name = '', counters }, at) => [...validateSetName(name, child(at, 'name')), ...validateCounters(counters, at)],
    ({ name = '' }) => name,
    'spec.sharedCounters',
  );
}

export const resourceSliceRules = rulesOf<ResourceSlice>({
  metadata: { namespaced: false, name: dns1123Subdomain },
  generation: true,
  validate,
  selectable: {
    'spec.nodeName': ({ spec }) => spec?.nodeName ?? '',
    'spec.driver': ({ spec }) => spec?.driver ?? '',
  },
  cells: ({ metadata }) => [metadata?.name ?? '', age(metadata)],
});
