import type { FieldError } from '../../field-error.ts';
import type {
  Container,
  ContainerPort,
  ContainerResizePolicy,
  EphemeralContainer,
  PodSpec,
} from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { dns1123Label, portName, portNumber } from '../../syntax/names.ts';
import {
  child,
  duplicate,
  forbidden,
  index,
  invalid,
  invalids,
  notFound,
  notSupported,
  type Path,
  required,
} from '../field.ts';
import { validateEnv, validateEnvFrom } from './env.ts';
import { type ProbeKind, validateLifecycle, validateProbe } from './handlers.ts';
import { validateMounts } from './mounts.ts';
import { validateResources } from './resources.ts';
import { validateSecurityContext } from './security.ts';
import type { KnownVolumes } from './volumes.ts';

/** What the rules of a container must know of its pod. */
export interface PodAround {
  readonly spec: Given<PodSpec>;
  readonly volumes: KnownVolumes;
  /** Names in `spec.resourceClaims`. */
  readonly claimNames: ReadonlySet<string>;
}

const PROTOCOLS: readonly string[] = ['SCTP', 'TCP', 'UDP'];
const PULL_POLICIES: readonly string[] = ['Always', 'IfNotPresent', 'Never'];
const MESSAGE_POLICIES: readonly string[] = ['File', 'FallbackToLogsOnError'];
const PROBES: readonly ProbeKind[] = ['livenessProbe', 'readinessProbe', 'startupProbe'];

/** The regular containers: at least one, unique names, no two on one host port. */
export function validateContainers(around: PodAround, path: Path): readonly FieldError[] {
  const containers = around.spec.containers ?? [];
  if (containers.length === 0) return [required(path)];
  const names = new Set<string>();
  const errors = containers.flatMap((container, at) => {
    const here = index(path, at);
    const found = [...validateCommon(container, around, here)];
    const name = container.name ?? '';
    if (names.has(name)) found.push(duplicate(child(here, 'name'), name));
    names.add(name);
    found.push(...validateRunning(container, around, here));
    if (container.restartPolicy !== undefined && (container.restartPolicyRules ?? []).length === 0) {
      found.push(
        ...validateChoice(container.restartPolicy, ['Always', 'Never', 'OnFailure'], child(here, 'restartPolicy')),
      );
    }
    return found;
  });
  return [...errors, ...validateHostPorts(containers, path, new Set())];
}

/** The init containers: those with restartPolicy Always run beside the others and may have what those have. */
export function validateInitContainers(around: PodAround, path: Path): readonly FieldError[] {
  const names = new Set((around.spec.containers ?? []).map((container) => container.name ?? ''));
  return (around.spec.initContainers ?? []).flatMap((container, at) => {
    const here = index(path, at);
    const errors = [...validateCommon(container, around, here)];
    if (container.restartPolicy !== undefined && (container.restartPolicyRules ?? []).length === 0) {
      errors.push(...validateChoice(container.restartPolicy, ['Always'], child(here, 'restartPolicy')));
    }
    const name = container.name ?? '';
    if (names.has(name)) errors.push(duplicate(child(here, 'name'), name));
    else if (name !== '') names.add(name);
    errors.push(...validateHostPorts([container], path, new Set()));
    if (container.restartPolicy === 'Always') return [...errors, ...validateRunning(container, around, here)];
    const detail = 'may not be set for init containers without restartPolicy=Always';
    for (const field of ['lifecycle', ...PROBES] as const) {
      if (container[field] !== undefined) errors.push(forbidden(child(here, field), detail));
    }
    return errors;
  });
}

const FORBIDDEN_IN_EPHEMERAL = [
  'ports',
  'livenessProbe',
  'readinessProbe',
  'startupProbe',
  'lifecycle',
  'resizePolicy',
  'restartPolicy',
] as const;

/** Ephemeral containers: for looking at a running pod, so nothing a pod would rely on. */
export function validateEphemeralContainers(around: PodAround, path: Path): readonly FieldError[] {
  const targets = new Set(
    [...(around.spec.containers ?? []), ...(around.spec.initContainers ?? [])].map((one) => one.name ?? ''),
  );
  const names = new Set(targets);
  return (around.spec.ephemeralContainers ?? []).flatMap((container, at) => {
    const here = index(path, at);
    const name = container.name ?? '';
    const target = container.targetContainerName ?? '';
    const errors = [...validateCommon(container, around, here), ...validateImageSpaces(container, here)];
    if (names.has(name)) errors.push(duplicate(child(here, 'name'), name));
    names.add(name);
    if (target !== '' && !targets.has(target)) errors.push(notFound(child(here, 'targetContainerName'), target));
    return [...errors, ...validateEphemeralFields(container, here)];
  });
}

function validateEphemeralFields(container: Given<EphemeralContainer>, path: Path): readonly FieldError[] {
  const detail = 'cannot be set for an Ephemeral Container';
  const errors: FieldError[] = FORBIDDEN_IN_EPHEMERAL.filter((field) => container[field] !== undefined).map((field) =>
    forbidden(child(path, field), detail),
  );
  if (Object.keys(container.resources ?? {}).length > 0) errors.push(forbidden(child(path, 'resources'), detail));
  for (const [at, mount] of (container.volumeMounts ?? []).entries()) {
    for (const field of ['subPath', 'subPathExpr'] as const) {
      if ((mount[field] ?? '') !== '')
        errors.push(forbidden(child(index(child(path, 'volumeMounts'), at), field), detail));
    }
  }
  return errors;
}

/** In a pod, not in a template: an image's name has no spaces around it. */
export function validateImageSpaces(
  container: { readonly image?: string | undefined },
  path: Path,
): readonly FieldError[] {
  const image = container.image ?? '';
  return image.trim() === image
    ? []
    : [invalid(child(path, 'image'), image, 'must not have leading or trailing whitespace')];
}

/** What only containers that keep running may have. */
function validateRunning(container: Given<Container>, around: PodAround, path: Path): readonly FieldError[] {
  const graceSeconds = around.spec.terminationGracePeriodSeconds;
  const errors: FieldError[] = [];
  if (container.lifecycle !== undefined) {
    errors.push(...validateLifecycle(container.lifecycle, graceSeconds, child(path, 'lifecycle')));
  }
  for (const kind of PROBES) {
    const probe = container[kind];
    if (probe !== undefined) errors.push(...validateProbe(probe, kind, graceSeconds, child(path, kind)));
  }
  return errors;
}

function validateCommon(
  container: Given<Container> | Given<EphemeralContainer>,
  around: PodAround,
  path: Path,
): readonly FieldError[] {
  const name = container.name ?? '';
  const errors: FieldError[] = [];
  if (name === '') errors.push(required(child(path, 'name')));
  else errors.push(...invalids(child(path, 'name'), name, dns1123Label(name)));
  if ((container.image ?? '') === '') errors.push(required(child(path, 'image')));
  return [
    ...errors,
    ...validateChoice(
      container.terminationMessagePolicy ?? '',
      MESSAGE_POLICIES,
      child(path, 'terminationMessagePolicy'),
    ),
    ...validatePorts(container.ports ?? [], child(path, 'ports')),
    ...validateEnv(container.env ?? [], child(path, 'env')),
    ...validateEnvFrom(container.envFrom ?? [], child(path, 'envFrom')),
    ...validateMounts(container, around.volumes, path),
    ...validateChoice(container.imagePullPolicy ?? '', PULL_POLICIES, child(path, 'imagePullPolicy')),
    ...validateResources(container.resources ?? {}, around.claimNames, child(path, 'resources')),
    ...validateResizePolicy(container.resizePolicy ?? [], around.spec.restartPolicy, child(path, 'resizePolicy')),
    ...validateSecurityContext(
      container.securityContext,
      around.spec.hostUsers !== false,
      child(path, 'securityContext'),
    ),
  ];
}

/** A value of a closed set that must be there. */
export function validateChoice(value: string, choices: readonly string[], path: Path): readonly FieldError[] {
  if (value === '') return [required(path)];
  return choices.includes(value) ? [] : [notSupported(path, value, choices)];
}

function validatePorts(ports: readonly Given<ContainerPort>[], path: Path): readonly FieldError[] {
  const names = new Set<string>();
  return ports.flatMap((port, at) => {
    const here = index(path, at);
    const { name = '', containerPort = 0, hostPort = 0, protocol = '' } = port;
    const errors: FieldError[] = [];
    if (name !== '') {
      const faults = portName(name);
      errors.push(...invalids(child(here, 'name'), name, faults));
      if (faults.length === 0 && names.has(name)) errors.push(duplicate(child(here, 'name'), name));
      names.add(name);
    }
    if (containerPort === 0) errors.push(required(child(here, 'containerPort')));
    else errors.push(...invalids(child(here, 'containerPort'), containerPort, portNumber(containerPort)));
    if (hostPort !== 0) errors.push(...invalids(child(here, 'hostPort'), hostPort, portNumber(hostPort)));
    return [...errors, ...validateChoice(protocol, PROTOCOLS, child(here, 'protocol'))];
  });
}

function validateHostPorts(
  containers: readonly Given<Container>[],
  path: Path,
  taken: Set<string>,
): readonly FieldError[] {
  return containers.flatMap((container, at) =>
    (container.ports ?? []).flatMap((port, portAt) => {
      if ((port.hostPort ?? 0) === 0) return [];
      const identity = `${port.protocol ?? ''}/${port.hostIP ?? ''}/${port.hostPort ?? 0}`;
      if (taken.has(identity))
        return [duplicate(child(index(child(index(path, at), 'ports'), portAt), 'hostPort'), identity)];
      taken.add(identity);
      return [];
    }),
  );
}

function validateResizePolicy(
  policies: readonly Given<ContainerResizePolicy>[],
  restartPolicy: string | undefined,
  path: Path,
): readonly FieldError[] {
  const seen = new Set<string>();
  return policies.flatMap(({ resourceName = '', restartPolicy: policy = '' }, at) => {
    const errors: FieldError[] = [];
    if (seen.has(resourceName)) errors.push(duplicate(index(path, at), resourceName));
    seen.add(resourceName);
    errors.push(...validateChoice(resourceName, ['cpu', 'memory'], path));
    errors.push(...validateChoice(policy, ['NotRequired', 'RestartContainer'], path));
    if (restartPolicy === 'Never' && policy !== 'NotRequired') {
      errors.push(invalid(path, policy, "must be 'NotRequired' when `restartPolicy` is 'Never'"));
    }
    return errors;
  });
}
