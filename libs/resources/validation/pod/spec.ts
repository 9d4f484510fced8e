import type { FieldError } from '../../field-error.ts';
import type { PodResourceClaim, PodSpec } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { qualifiedName } from '../../syntax/labels.ts';
import { dns1123Label, dns1123Subdomain, type Faults } from '../../syntax/names.ts';
import { rangeFault } from '../../syntax/regex-fault.ts';
import { child, duplicate, forbidden, index, invalid, invalids, notSupported, type Path, required } from '../field.ts';
import { validateLabels } from '../labels.ts';
import { validateAffinity } from './affinity.ts';
import {
  type PodAround,
  validateChoice,
  validateContainers,
  validateEphemeralContainers,
  validateInitContainers,
} from './containers.ts';
import { validateDnsConfig, validateHostAliases } from './dns.ts';
import { validateResources } from './resources.ts';
import { validateSchedulingGates, validateTolerations, validateTopologySpread } from './scheduling.ts';
import { validateHostUsers, validatePodSecurityContext } from './security.ts';
import { validateVolumes } from './volumes.ts';

const RESTART_POLICIES: readonly string[] = ['Always', 'OnFailure', 'Never'];
const DNS_POLICIES: readonly string[] = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'];
const PREEMPTION_POLICIES: readonly string[] = ['PreemptLowerPriority', 'Never'];
const SYSTEMS: readonly string[] = ['linux', 'windows'];
const INT32_MAXIMUM = 2 ** 31 - 1;

/**
 * Everything a pod spec must obey on its own. In a template some of it is looser: `inPod` adds what only a real pod must obey.
 */
export function validatePodSpec(spec: Given<PodSpec>, path: Path, inPod = false): readonly FieldError[] {
  const volumes = validateVolumes(spec.volumes ?? [], child(path, 'volumes'));
  const claimNames = new Set((spec.resourceClaims ?? []).map((claim) => claim.name ?? ''));
  const around: PodAround = { spec, volumes: volumes.known, claimNames };
  const grace = child(path, 'terminationGracePeriodSeconds');
  return [
    ...(spec.terminationGracePeriodSeconds === undefined ? [required(grace)] : []),
    ...volumes.errors,
    ...validateResourceClaims(spec.resourceClaims ?? [], child(path, 'resourceClaims')),
    ...validateContainers(around, child(path, 'containers')),
    ...validateInitContainers(around, child(path, 'initContainers')),
    ...validateEphemeralContainers(around, child(path, 'ephemeralContainers')),
    ...(spec.resources === undefined ? [] : validateResources(spec.resources, claimNames, child(path, 'resources'))),
    ...validateHostPorts(spec, path, inPod),
    ...validateChoice(spec.restartPolicy ?? '', RESTART_POLICIES, child(path, 'restartPolicy')),
    ...validateChoice(spec.dnsPolicy ?? '', DNS_POLICIES, child(path, 'dnsPolicy')),
    ...validateLabels(spec.nodeSelector, child(path, 'nodeSelector')),
    ...validatePodSecurityContext(spec, child(path, 'securityContext')),
    ...validateAffinity(spec.affinity, child(path, 'affinity')),
    ...validateDnsConfig(spec, child(path, 'dnsConfig')),
    ...validateReadinessGates(spec, child(path, 'readinessGates')),
    ...validateSchedulingGates(spec.schedulingGates ?? [], child(path, 'schedulingGates')),
    ...validateTopologySpread(spec.topologySpreadConstraints ?? [], child(path, 'topologySpreadConstraints')),
    ...validateHostUsers(spec, path),
    ...validateNames(spec, path),
    ...validateTolerations(spec.tolerations ?? [], child(path, 'tolerations')),
    ...validateHostAliases(spec.hostAliases ?? [], child(path, 'hostAliases')),
    ...validateRest(spec, path),
  ];
}

function validateResourceClaims(claims: readonly Given<PodResourceClaim>[], path: Path): readonly FieldError[] {
  const names = new Set<string>();
  return claims.flatMap((claim, at) => {
    const here = index(path, at);
    const name = claim.name ?? '';
    const errors: FieldError[] = [];
    if (name === '') errors.push(required(child(here, 'name')));
    else if (names.has(name)) errors.push(duplicate(child(here, 'name'), name));
    else errors.push(...invalids(child(here, 'name'), name, dns1123Label(name)));
    names.add(name);
    const { resourceClaimName, resourceClaimTemplateName } = claim;
    const shown = { goSyntax: `core.PodResourceClaim{Name:${JSON.stringify(name)}}` };
    if (resourceClaimName !== undefined && resourceClaimTemplateName !== undefined) {
      const detail = 'at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified';
      errors.push(invalid(here, shown, detail));
    }
    if (resourceClaimName === undefined && resourceClaimTemplateName === undefined) {
      errors.push(invalid(here, shown, 'must specify one of: `resourceClaimName`, `resourceClaimTemplateName`'));
    }
    return errors;
  });
}

/** On the host's network a container's port is the host's; a template may leave it out. */
function validateHostPorts(spec: Given<PodSpec>, path: Path, inPod: boolean): readonly FieldError[] {
  if (spec.hostNetwork !== true) return [];
  return (spec.containers ?? []).flatMap((container, at) =>
    (container.ports ?? []).flatMap(({ hostPort = 0, containerPort = 0 }, portAt) => {
      if (hostPort === containerPort || (hostPort === 0 && !inPod)) return [];
      const here = child(index(child(index(child(path, 'containers'), at), 'ports'), portAt), 'hostPort');
      return [invalid(here, hostPort, 'must match `containerPort` when `hostNetwork` is true')];
    }),
  );
}

function validateReadinessGates(spec: Given<PodSpec>, path: Path): readonly FieldError[] {
  return (spec.readinessGates ?? []).flatMap(({ conditionType = '' }, at) =>
    invalids(child(index(path, at), 'conditionType'), conditionType, qualifiedName(conditionType)),
  );
}

const NAMES: readonly (readonly [keyof PodSpec, (name: string) => Faults])[] = [
  ['serviceAccountName', dns1123Subdomain],
  ['nodeName', dns1123Subdomain],
  ['hostname', dns1123Label],
  ['subdomain', dns1123Label],
  ['hostnameOverride', dns1123Subdomain],
  ['priorityClassName', dns1123Subdomain],
  ['runtimeClassName', dns1123Subdomain],
];

function validateNames(spec: Given<PodSpec>, path: Path): readonly FieldError[] {
  return NAMES.flatMap(([field, syntax]) => {
    const name = spec[field];
    return typeof name !== 'string' || name === '' ? [] : invalids(child(path, field), name, syntax(name));
  });
}

function validateRest(spec: Given<PodSpec>, path: Path): readonly FieldError[] {
  const errors: FieldError[] = [];
  const deadline = spec.activeDeadlineSeconds;
  if (deadline !== undefined && (deadline < 1 || deadline > INT32_MAXIMUM)) {
    errors.push(invalid(child(path, 'activeDeadlineSeconds'), deadline, rangeFault(1, INT32_MAXIMUM)));
  }
  if (spec.preemptionPolicy !== undefined) {
    errors.push(...validateChoice(spec.preemptionPolicy, PREEMPTION_POLICIES, child(path, 'preemptionPolicy')));
  }
  if (spec.overhead !== undefined) {
    errors.push(...validateResources({ limits: spec.overhead }, new Set(), child(path, 'overhead')));
  }
  return [...errors, ...validateSystem(spec, child(path, 'os'))];
}

function validateSystem(spec: Given<PodSpec>, path: Path): readonly FieldError[] {
  if (spec.os === undefined) return [];
  const name = spec.os.name ?? '';
  if (name === '') return [required(child(path, 'name'), 'cannot be empty')];
  if (!SYSTEMS.includes(name)) return [notSupported(path, name, SYSTEMS)];
  const windows = spec.securityContext?.windowsOptions !== undefined;
  const detail = 'windows options cannot be set for a linux pod';
  return name === 'linux' && windows ? [forbidden('spec.securityContext.windowsOptions', detail)] : [];
}
