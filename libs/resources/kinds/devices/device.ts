import type { FieldError } from '../../field-error.ts';
import type { Device, DeviceAttribute, DeviceCounterConsumption } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { dns1123Subdomain } from '../../syntax/names.ts';
import { isVersion } from '../../syntax/semantic-version.ts';
import { child, invalid, invalids, type Path, required, tooLong } from '../../validation/field.ts';
import { goStructure } from '../../validation/go-syntax.ts';
import { validateNodeSelector } from '../../validation/pod/affinity.ts';
import { equal } from '../strategy.ts';
import { validateBindingConditions } from './binding-conditions.ts';
import { validateCapacity } from './capacity.ts';
import { validateEntries, validateList, validateSet } from './lists.ts';
import { QUALIFIED_CHARACTERS, validateLabelName, validateQualifiedName } from './names.ts';
import { validateTaint } from './taints.ts';

const ATTRIBUTES = 32;
const VALUE_CHARACTERS = 64;
const TAINTS = 16;
const CONSUMPTIONS = 2;
const COUNTERS = 32;
const LABEL_CHARACTERS = 63;

export function validateDevice(
  device: Given<Device>,
  before: Given<Device> | undefined,
  isSelectedPerDevice: boolean,
  path: Path,
): readonly FieldError[] {
  const { name = '', attributes = {}, capacity = {}, taints = [], consumesCounters } = device;
  const errors = [...validateLabelName(name, child(path, 'name'))];
  const said = Object.keys(attributes).length + Object.keys(capacity).length;
  if (said > ATTRIBUTES) {
    const detail = `the total number of attributes and capacities must not exceed ${ATTRIBUTES}`;
    errors.push(invalid(path, said, detail));
  }
  const names = { keyCharacters: QUALIFIED_CHARACTERS };
  const isShared = device.allowMultipleAllocations === true;
  errors.push(
    ...validateEntries(attributes, names, validateQualifiedName, validateAttribute, child(path, 'attributes')),
    ...validateEntries(
      capacity,
      names,
      validateQualifiedName,
      (one, at) => validateCapacity(one ?? {}, isShared, at),
      child(path, 'capacity'),
    ),
  );
  if (before === undefined || !equal(taints, before.taints ?? [])) {
    errors.push(
      ...validateList(taints, TAINTS, (taint, at) => validateTaint(taint, undefined, at), child(path, 'taints')),
    );
  }
  const consumesPath = child(path, 'consumesCounters');
  return [
    ...errors,
    ...validateSet(consumesCounters, CONSUMPTIONS, validateConsumption, (one) => one.counterSet ?? '', consumesPath),
    ...validateNodes(device, isSelectedPerDevice, path),
    ...validateBindingConditions(device, path),
  ];
}

function validateConsumption(
  { counterSet = '', counters }: Given<DeviceCounterConsumption>,
  path: Path,
): readonly FieldError[] {
  return [...validateSetName(counterSet, child(path, 'counterSet')), ...validateCounters(counters, path)];
}

/** The name of a set of counters. */
export function validateSetName(name: string, path: Path): readonly FieldError[] {
  return name === '' ? [required(path)] : validateLabelName(name, path);
}

/** Counters, of which there is at least one. */
export function validateCounters(
  counters: Readonly<Record<string, unknown>> | undefined,
  path: Path,
): readonly FieldError[] {
  const here = child(path, 'counters');
  if (Object.keys(counters ?? {}).length === 0) return [required(here)];
  const facts = { maximum: COUNTERS, keyCharacters: LABEL_CHARACTERS };
  return validateEntries(counters, facts, validateLabelName, () => [], here);
}

/** An attribute has a value of one type. */
function validateAttribute(attribute: Given<DeviceAttribute> | undefined, path: Path): readonly FieldError[] {
  const { string, version, bool, int } = attribute ?? {};
  const errors: FieldError[] = [];
  const stringPath = child(path, 'string');
  if (string !== undefined && Buffer.byteLength(string) > VALUE_CHARACTERS) {
    errors.push(tooLong(stringPath, VALUE_CHARACTERS));
  }
  if (version !== undefined) {
    const here = child(path, 'version');
    if (!isVersion(version))
      errors.push(invalid(here, version, 'must be a string compatible with semver.org spec 2.0.0'));
    if (Buffer.byteLength(version) > VALUE_CHARACTERS) errors.push(tooLong(here, VALUE_CHARACTERS));
  }
  const values = Object.values(attribute ?? {}).filter((value) => value !== undefined).length;
  if (values === 1) return errors;
  const shown = goStructure({ IntValue: int, BoolValue: bool, StringValue: string, VersionValue: version });
  return [...errors, invalid(path, values === 0 ? '' : shown, 'exactly one value must be specified')];
}

/** The nodes that have a device are said of it, or of its slice as a whole. */
function validateNodes(device: Given<Device>, isSelectedPerDevice: boolean, path: Path): readonly FieldError[] {
  const { nodeName, nodeSelector, allNodes } = device;
  if (!isSelectedPerDevice) {
    if (nodeName === undefined && nodeSelector === undefined && allNodes === undefined) return [];
    const detail =
      '`nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to true in the ResourceSlice spec';
    return [invalid(path, null, detail)];
  }
  const errors: FieldError[] = [];
  const said: string[] = [];
  if (nodeName === '') errors.push(invalid(child(path, 'nodeName'), nodeName, 'must not be empty'));
  else if (nodeName !== undefined) {
    said.push('`nodeName`');
    errors.push(...invalids(child(path, 'nodeName'), nodeName, dns1123Subdomain(nodeName)));
  }
  if (nodeSelector !== undefined) {
    said.push('`nodeSelector`');
    errors.push(...validateNodeSelector(nodeSelector, child(path, 'nodeSelector')));
  }
  if (allNodes === true) said.push('`allNodes`');
  if (allNodes === false) {
    errors.push(invalid(child(path, 'allNodes'), allNodes, 'must be either unset or set to true'));
  }
  if (said.length === 1) return errors;
  const detail =
    'exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when `perDeviceNodeSelection` is set to true in the ResourceSlice spec';
  return [...errors, said.length === 0 ? required(path, detail) : invalid(path, `{${said.join(', ')}}`, detail)];
}
