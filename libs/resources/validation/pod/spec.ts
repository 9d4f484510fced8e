import type { FieldError } from '../../field-error.ts';
import type { PodResourceClaim, PodSpec } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { qualifiedName } from '../../syntax/labels.ts';
import { dns1123Label, dns1123Subdomain, type Faults } from '../../syntax/names.ts';
import { rangeFault } from '../../syntax/regex-fault.ts';
import { validateChoice } from '../choice.ts';
import { child, duplicate, forbidden, index, invalid, invalids, type Path, required, tooLong } from '../field.ts';
import { goStructure } from '../go-syntax.ts';
import { validateLabels } from '../labels.ts';
import { validateAffinity } from './affinity.ts';
import { type PodAround, validateContainers, validateInitContainers } from './containers.ts';
import { validateDnsConfig, validateHostAliases } from './dns.ts';
import { validateFileKeyVolumes } from './env.ts';
import { validateEphemeralContainers } from './ephemeral.ts';
import { validatePodResources } from './pod-resources.ts';
import { validateResources } from './resources.ts';
import { validateSchedulingGates, validateTolerations, validateTopologySpread } from './scheduling.ts';
import { validateHostUsers, validatePodSecurityContext } from './security.ts';
import { validateSystem } from './system.ts';
import { validateVolumes } from './volumes.ts';
import { validateHostProcesses } from './windows.ts';

const RESTART_POLICIES: readonly string[] = ['Always', 'OnFailure', 'Never'];
const DNS_POLICIES: readonly string[] = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'];
const PREEMPTION_POLICIES: readonly string[] = ['PreemptLowerPriority', 'Never'];
const INT32_MAXIMUM = 2 ** 31 - 1;
const HOSTNAME_CHARACTERS = 64;

/** The pod a spec belongs to; a template's belongs to none yet, and some of it is looser. */
export interface PodOfSpec {
  readonly name: string;
  /** It only shows a pod that its node runs by itself. */
  readonly mirror: boolean;
}

/** Everything a pod spec must obey, in the order in which Kubernetes reports it. */
export function validatePodSpec(spec: Given<PodSpec>, path: Path, pod?: PodOfSpec): readonly FieldError[] {
  const volumes = validateVolumes(spec.volumes ?? [], pod?.name ?? '', child(path, 'volumes'));
  const claimNames = new Set(
    (spec.resourceClaims ?? []).map((claim) => claim.name ?? '').filter((name) => name !== ''),
  );
  const around: PodAround = { spec, volumes: volumes.known, claimNames };
  const grace = child(path, 'terminationGracePeriodSeconds');
  const ofPod = spec.resources;
  return [
    ...(spec.terminationGracePeriodSeconds === undefined ? [required(grace)] : []),
    ...volumes.errors,
    ...validateResourceClaims(spec.resourceClaims ?? [], pod?.mirror === true, child(path, 'resourceClaims')),
    ...validateContainers(around, child(path, 'containers')),
    ...validateInitContainers(around, child(path, 'initContainers')),
    ...validateEphemeralContainers(around, child(path, 'ephemeralContainers')),
    ...(ofPod === undefined ? [] : validatePodResources(ofPod, spec, claimNames, child(path, 'resources'))),
    ...validateHostPorts(spec, path, pod !== undefined),
    ...validateChoice(spec.restartPolicy ?? '', RESTART_POLICIES, child(path, 'restartPolicy')),
    ...validateChoice(spec.dnsPolicy ?? '', DNS_POLICIES, child(path, 'dnsPolicy')),
    ...validateLabels(spec.nodeSelector, child(path, 'nodeSelector')),
    ...validatePodSecurityContext(spec, child(path, 'securityContext')),
    ...validateAffinity(spec.affinity, child(path, 'affinity')),
    ...validateDnsConfig(spec, child(path, 'dnsConfig')),
    ...validateReadinessGates(spec, child(path, 'readinessGates')),
    ...validateSchedulingGates(spec.schedulingGates ?? [], child(path, 'schedulingGates')),
    ...validateTopologySpread(spec.topologySpreadConstraints ?? [], child(path, 'topologySpreadConstraints')),
    ...validateHostProcesses(spec, path),
    ...validateHostUsers(spec, path),
    ...validateHostnameOverride(spec, child(path, 'hostnameOverride')),
    ...validateName(spec, 'serviceAccountName', dns1123Subdomain, path),
    ...validateName(spec, 'nodeName', dns1123Subdomain, path),
    ...validateDeadline(spec.activeDeadlineSeconds, child(path, 'activeDeadlineSeconds')),
    ...validateName(spec, 'hostname', dns1123Label, path),
    ...validateName(spec, 'subdomain', dns1123Label, path),
    ...validateTolerations(spec.tolerations ?? [], child(path, 'tolerations')),
    ...validateHostAliases(spec.hostAliases ?? [], child(path, 'hostAliases')),
    ...validateName(spec, 'priorityClassName', dns1123Subdomain, path),
    ...validateRest(spec, path),
  ];
}

/** What few pods have, at the end of a spec. */
function validateRest(spec: Given<PodSpec>, path: Path): readonly FieldError[] {
  const errors: FieldError[] = [];
  const { runtimeClassName, preemptionPolicy, overhead, schedulingGroup } = spec;
  if (runtimeClassName !== undefined) {
    errors.push(...invalids(child(path, 'runtimeClassName'), runtimeClassName, dns1123Subdomain(runtimeClassName)));
  }
  if (preemptionPolicy !== undefined) {
    errors.push(...validateChoice(preemptionPolicy, PREEMPTION_POLICIES, child(path, 'preemptionPolicy')));
  }
  if (overhead !== undefined) {
    errors.push(...validateResources({ limits: overhead }, new Set(), child(path, 'overhead')));
  }
  errors.push(...validateSystem(spec, path));
  if (schedulingGroup !== undefined) {
    const here = child(path, 'schedulingGroup', 'podGroupName');
    const name = schedulingGroup.podGroupName;
    if (name === undefined) errors.push(invalid(here, null, 'must specify one of: `podGroupName`'));
    else errors.push(...invalids(here, name, dns1123Subdomain(name)));
  }
  errors.push(...validateFileKeyVolumes(spec, path));
  return errors;
}

function validateResourceClaims(
  claims: readonly Given<PodResourceClaim>[],
  mirror: boolean,
  path: Path,
): readonly FieldError[] {
  const names = new Set<string>();
  return claims.flatMap((claim, at) => {
    if (mirror) return [forbidden('', 'static pods do not support resource claims')];
    const here = index(path, at);
    const { name = '', resourceClaimName, resourceClaimTemplateName } = claim;
    const errors: FieldError[] = [];
    if (name === '') errors.push(required(child(here, 'name')));
    else if (names.has(name)) errors.push(duplicate(child(here, 'name'), name));
    else errors.push(...invalids(child(here, 'name'), name, dns1123Label(name)));
    names.add(name);
    const shown = goStructure({
      Name: name,
      ResourceClaimName: resourceClaimName,
      ResourceClaimTemplateName: resourceClaimTemplateName,
    });
    if (resourceClaimName !== undefined && resourceClaimTemplateName !== undefined) {
      const detail = 'at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified';
      errors.push(invalid(here, shown, detail));
    }
    if (resourceClaimName === undefined && resourceClaimTemplateName === undefined) {
      const detail = 'must specify one of: `resourceClaimName`, `resourceClaimTemplateName`';
      errors.push(invalid(here, shown, detail));
    }
    for (const field of ['resourceClaimName', 'resourceClaimTemplateName'] as const) {
      const given = claim[field];
      if (given !== undefined) errors.push(...invalids(child(here, field), given, dns1123Subdomain(given)));
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

/** A host name that has nothing to do with the pod's own; there is no other then. */
function validateHostnameOverride(spec: Given<PodSpec>, path: Path): readonly FieldError[] {
  const name = spec.hostnameOverride;
  if (name === undefined) return [];
  const errors: FieldError[] = [];
  if (spec.setHostnameAsFQDN === true) {
    errors.push(forbidden(path, 'may not be specified when setHostnameAsFQDN is true'));
  }
  if (spec.hostNetwork === true) errors.push(forbidden(path, 'may not be specified when hostNetwork is true'));
  if (name.length > HOSTNAME_CHARACTERS) errors.push(tooLong(path, HOSTNAME_CHARACTERS));
  return [...errors, ...invalids(path, name, dns1123Subdomain(name))];
}

function validateDeadline(seconds: number | undefined, path: Path): readonly FieldError[] {
  if (seconds === undefined || (seconds >= 1 && seconds <= INT32_MAXIMUM)) return [];
  return [invalid(path, seconds, rangeFault(1, INT32_MAXIMUM))];
}

type NameField = 'serviceAccountName' | 'nodeName' | 'hostname' | 'subdomain' | 'priorityClassName';

/** A name that may be left out; '' is none. */
function validateName(
  spec: Given<PodSpec>,
  field: NameField,
  syntax: (name: string) => Faults,
  path: Path,
): readonly FieldError[] {
  const name = spec[field] ?? '';
  return name === '' ? [] : invalids(child(path, field), name, syntax(name));
}
