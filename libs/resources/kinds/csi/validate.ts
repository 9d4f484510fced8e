import type { FieldError } from '../../field-error.ts';
import type { CSIDriver, CSIDriverSpec, CSINode, CSINodeDriver, CSIStorageCapacity } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { qualifiedName } from '../../syntax/labels.ts';
import { dns1123Subdomain } from '../../syntax/names.ts';
import { parseQuantity } from '../../syntax/quantity.ts';
import { validateDriverName } from '../../validation/csi-driver-name.ts';
import {
  child,
  duplicate,
  index,
  invalid,
  invalids,
  notSupported,
  type Path,
  required,
  type ShownValue,
} from '../../validation/field.ts';
import { goStructure } from '../../validation/go-syntax.ts';
import { validateImmutable } from '../../validation/immutable.ts';
import { validateNonNegative } from '../../validation/non-negative.ts';
import { NEGATIVE } from '../../validation/phrases.ts';
import { validateLabelSelector } from '../../validation/selector.ts';

const GROUP_POLICIES: readonly string[] = ['File', 'None', 'ReadWriteOnceWithFSType'];
const LIFECYCLES: readonly string[] = ['Persistent', 'Ephemeral'];
const MINIMUM_UPDATE_SECONDS = 10;
const MINIMUM_TOKEN_SECONDS = 600;
const MAXIMUM_TOKEN_SECONDS = 2 ** 32;
const NODE_ID_CHARACTERS = 256;

export function validateDriver({ spec = {} }: Given<CSIDriver>): readonly FieldError[] {
  const { fsGroupPolicy, volumeLifecycleModes = [], nodeAllocatableUpdatePeriodSeconds: periodSeconds } = spec;
  const errors: FieldError[] = [];
  if (fsGroupPolicy !== undefined && !GROUP_POLICIES.includes(fsGroupPolicy)) {
    errors.push(notSupported('spec.fsGroupPolicy', fsGroupPolicy, GROUP_POLICIES));
  }
  errors.push(...validateTokenRequests(spec, 'spec.tokenRequests'));
  for (const mode of volumeLifecycleModes) {
    if (!LIFECYCLES.includes(mode)) errors.push(notSupported('spec.volumeLifecycleModes', mode, LIFECYCLES));
  }
  if (periodSeconds !== undefined && periodSeconds < MINIMUM_UPDATE_SECONDS) {
    const detail = `must be greater than or equal to ${MINIMUM_UPDATE_SECONDS} seconds`;
    errors.push(invalid('spec.nodeAllocatableUpdatePeriodSeconds', periodSeconds, detail));
  }
  const inSecrets = spec.serviceAccountTokenInSecrets;
  if (inSecrets !== undefined && (spec.tokenRequests ?? []).length === 0) {
    const detail = 'serviceAccountTokenInSecrets is set but no tokenRequests are specified';
    errors.push(invalid('spec.serviceAccountTokenInSecrets', inSecrets, detail));
  }
  return errors;
}

function validateTokenRequests({ tokenRequests = [] }: Given<CSIDriverSpec>, path: Path): readonly FieldError[] {
  const audiences = new Set<string>();
  return tokenRequests.flatMap(({ audience = '', expirationSeconds: seconds }, at) => {
    const here = index(path, at);
    if (audiences.has(audience)) return [duplicate(child(here, 'audience'), audience)];
    audiences.add(audience);
    const field = child(here, 'expirationSeconds');
    if (seconds === undefined) return [];
    if (seconds < MINIMUM_TOKEN_SECONDS) {
      return [invalid(field, seconds, 'may not specify a duration less than 10 minutes')];
    }
    if (seconds <= MAXIMUM_TOKEN_SECONDS) return [];
    return [invalid(field, seconds, 'may not specify a duration larger than 2^32 seconds')];
  });
}

/** What runs on a node: each driver once. */
export function validateNodeDrivers({ spec }: Given<CSINode>): readonly FieldError[] {
  const names = new Set<string>();
  return (spec?.drivers ?? []).flatMap((driver, at) => {
    const path = index('spec.drivers', at);
    const { name = '', nodeID = '', allocatable, topologyKeys = [] } = driver;
    const idPath = child(path, 'nodeID');
    const errors = [...validateDriverName(name, child(path, 'name'))];
    if (nodeID === '') errors.push(required(idPath));
    if (nodeID.length > NODE_ID_CHARACTERS) {
      errors.push(invalid(idPath, nodeID, `must be ${NODE_ID_CHARACTERS} characters or less`));
    }
    errors.push(...validateNonNegative(allocatable?.count, child(path, 'allocatable', 'count')));
    if (names.has(name)) errors.push(duplicate(child(path, 'name'), name));
    names.add(name);
    return [...errors, ...topologyKeys.flatMap((key, place) => validateTopologyKey(key, topologyKeys, place, path))];
  });
}

function validateTopologyKey(key: string, keys: readonly string[], place: number, path: Path): readonly FieldError[] {
  return [
    ...(key === '' ? [required(path)] : []),
    ...(keys.indexOf(key) < place ? [duplicate(path, key)] : []),
    ...invalids(path, key, qualifiedName(key)),
  ];
}

/** A driver says once who it is there; only how much it can take changes. */
export function validateNodeDriversUpdate(next: Given<CSINode>, previous: Given<CSINode>): readonly FieldError[] {
  return (previous.spec?.drivers ?? []).flatMap((old) => {
    const current = next.spec?.drivers?.find(({ name }) => name === old.name);
    if (current === undefined) return [];
    const [{ allocatable: _now, ...now }, { allocatable: _before, ...before }] = [current, old];
    return validateImmutable(now, before, 'spec.drivers', goNodeDriver(current));
  });
}

function goNodeDriver({ name = '', nodeID = '', topologyKeys }: Given<CSINodeDriver>): ShownValue {
  return goStructure({ Name: name, NodeID: nodeID, TopologyKeys: topologyKeys, Allocatable: null });
}

export function validateStorageCapacity(one: Given<CSIStorageCapacity>): readonly FieldError[] {
  const { nodeTopology, storageClassName = '', capacity } = one;
  const isNegative = capacity !== undefined && (parseQuantity(capacity)?.nanos ?? 0n) < 0n;
  return [
    ...validateLabelSelector(nodeTopology, 'nodeTopology'),
    ...invalids('storageClassName', storageClassName, dns1123Subdomain(storageClassName)),
    ...(isNegative ? [invalid('capacity', capacity, NEGATIVE)] : []),
  ];
}
