import type { FieldError } from '../../field-error.ts';
import type { Container, EphemeralContainer, PodSpec } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { dns1123Label } from '../../syntax/names.ts';
import { validateChoice } from '../choice.ts';
import { child, duplicate, forbidden, index, invalid, invalids, type Path, required } from '../field.ts';
import { validateEnv, validateEnvFrom } from './env.ts';
import { type ProbeKind, validateLifecycle, validateProbe } from './handlers.ts';
import { validateMounts } from './mounts.ts';
import { validateHostPorts, validatePorts } from './ports.ts';
import { validateResources } from './resources.ts';
import { validateContainerRestart, validateInitRestart, validateResizePolicy } from './restart-policy.ts';
import { validateSecurityContext } from './security.ts';
import type { KnownVolumes } from './volumes.ts';

/** What the rules of a container must know of its pod. */
export interface PodAround {
  readonly spec: Given<PodSpec>;
  readonly volumes: KnownVolumes;
  /** Names in `spec.resourceClaims`. */
  readonly claimNames: ReadonlySet<string>;
}

const PULL_POLICIES: readonly string[] = ['Always', 'IfNotPresent', 'Never'];
const MESSAGE_POLICIES: readonly string[] = ['File', 'FallbackToLogsOnError'];
const PROBES: readonly ProbeKind[] = ['livenessProbe', 'readinessProbe', 'startupProbe'];

/** The regular containers: at least one, unique names, no two on one host port. */
export function validateContainers(around: PodAround, path: Path): readonly FieldError[] {
  const containers = around.spec.containers ?? [];
  if (containers.length === 0) return [required(path)];
  const names = new Set<string>();
  const errors: FieldError[] = [];
  for (const [at, container] of containers.entries()) {
    const here = index(path, at);
    errors.push(...validateCommon(container, around, here));
    const name = container.name ?? '';
    if (names.has(name)) errors.push(duplicate(child(here, 'name'), name));
    names.add(name);
    errors.push(...validateRunning(container, around, here), ...validateContainerRestart(container, here));
  }
  errors.push(...validateHostPorts(containers, path));
  return errors;
}

/** The init containers: those with restartPolicy Always run beside the others and may have what those have. */
export function validateInitContainers(around: PodAround, path: Path): readonly FieldError[] {
  const containers = around.spec.initContainers ?? [];
  if (containers.length === 0) return [];
  const names = new Set((around.spec.containers ?? []).map((container) => container.name ?? ''));
  return containers.flatMap((container, at) => {
    const here = index(path, at);
    const errors = [...validateCommon(container, around, here), ...validateInitRestart(container, here)];
    const name = container.name ?? '';
    if (names.has(name)) errors.push(duplicate(child(here, 'name'), name));
    else if (name !== '') names.add(name);
    // They run one after the other, so each may take a port another takes.
    errors.push(...validateHostPorts([container], path));
    if (container.restartPolicy === 'Always') errors.push(...validateRunning(container, around, here));
    else errors.push(...validateFinishing(container, here));
    return errors;
  });
}

/** What a container that ends before the others start may not have. */
function validateFinishing(container: Given<Container>, path: Path): readonly FieldError[] {
  const detail = 'may not be set for init containers without restartPolicy=Always';
  const errors: FieldError[] = (['lifecycle', ...PROBES] as const)
    .filter((field) => container[field] !== undefined)
    .map((field) => forbidden(child(path, field), detail));
  for (const [at, { restartPolicy }] of (container.resizePolicy ?? []).entries()) {
    if (restartPolicy !== 'RestartContainer') continue;
    const here = child(index(child(path, 'resizePolicy'), at), 'restartPolicy');
    errors.push(invalid(here, restartPolicy, "must not be set to 'RestartContainer' for non-sidecar initContainers"));
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
    errors.push(...validateLifecycle(container.lifecycle, around.spec, child(path, 'lifecycle')));
  }
  for (const kind of PROBES) {
    const probe = container[kind];
    if (probe !== undefined) errors.push(...validateProbe(probe, kind, graceSeconds, child(path, kind)));
  }
  return errors;
}

/** What holds for containers of every kind. */
export function validateCommon(
  container: Given<Container> | Given<EphemeralContainer>,
  around: PodAround,
  path: Path,
): readonly FieldError[] {
  const name = container.name ?? '';
  const errors: FieldError[] = [];
  if (name === '') errors.push(required(child(path, 'name')));
  else errors.push(...invalids(child(path, 'name'), name, dns1123Label(name)));
  if ((container.image ?? '') === '') errors.push(required(child(path, 'image')));
  errors.push(
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
  );
  return errors;
}
