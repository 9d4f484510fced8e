import type { Container, EnvVar, Pod, Service } from '@taffrail/resources/generated/types';
import { ContainerConfigError } from './config-error.ts';
import { expand } from './expansion.ts';
import { podField, resourceField, type NodeFacts } from './pod-field.ts';
import type { ReferencedObjects } from './references.ts';
import { serviceEnvironment } from './service-environment.ts';

export interface EnvironmentInput {
  readonly pod: Pod;
  readonly container: Container;
  readonly objects: ReferencedObjects;
  /** Services of the pod's namespace and the `kubernetes` one of `default`. */
  readonly services: readonly Service[];
  readonly node: NodeFacts;
  readonly podIps: readonly string[];
}

/**
 * A container's environment: services first, then envFrom, then env in order, each seeing those before it.
 * Throws ContainerConfigError for a reference that is not there and not optional.
 */
export function containerEnvironment(
  input: EnvironmentInput,
): readonly { readonly name: string; readonly value: string }[] {
  const { pod, container, objects, services } = input;
  const result = new Map<string, string>();
  const links = serviceEnvironment(services, pod.metadata.namespace ?? '', pod.spec?.enableServiceLinks ?? true);
  for (const { configMapRef, secretRef, prefix = '' } of container.envFrom ?? []) {
    if (configMapRef !== undefined) {
      const found = objects.configMap(configMapRef.name ?? '');
      require(found, configMapRef.optional, `configmap "${configMapRef.name}" not found`);
      for (const [key, value] of Object.entries(found?.data ?? {})) addName(result, prefix + key, value);
    }
    if (secretRef !== undefined) {
      const found = objects.secret(secretRef.name ?? '');
      require(found, secretRef.optional, `secret "${secretRef.name}" not found`);
      for (const [key, value] of Object.entries(found?.data ?? {})) addName(result, prefix + key, decoded(value));
    }
  }
  const known = new Map([...links, ...result]);
  for (const variable of container.env ?? []) {
    const value = valueOf(input, variable, known);
    if (value === undefined) continue;
    result.set(variable.name, value);
    known.set(variable.name, value);
  }
  for (const [name, value] of links) if (!result.has(name)) result.set(name, value);
  return [...result].map(([name, value]) => ({ name, value }));
}

/** Keys of an envFrom source that cannot be a variable's name are left out, as Kubernetes does. */
function addName(into: Map<string, string>, name: string, value: string): void {
  if (/^[!-<>-~]+$/.test(name)) into.set(name, value);
}

const decoded = (base64: string): string => Buffer.from(base64, 'base64').toString();

function require(found: unknown, optional: boolean | undefined, message: string): void {
  if (found === undefined && optional !== true) throw new ContainerConfigError(message);
}

/** Undefined leaves the variable out (an optional reference that is not there). */
function valueOf(
  { pod, container, objects, node, podIps }: EnvironmentInput,
  { name, value, valueFrom }: EnvVar,
  known: ReadonlyMap<string, string>,
): string | undefined {
  if (valueFrom === undefined) return expand(value ?? '', known);
  const { configMapKeyRef, secretKeyRef, fieldRef, resourceFieldRef } = valueFrom;
  const namespace = pod.metadata.namespace ?? '';
  if (configMapKeyRef !== undefined) {
    const { name: of = '', key, optional } = configMapKeyRef;
    const found = objects.configMap(of);
    require(found, optional, `configmap "${of}" not found`);
    const entry = found?.data?.[key];
    if (found !== undefined) require(entry, optional, `couldn't find key ${key} in ConfigMap ${namespace}/${of}`);
    return entry;
  }
  if (secretKeyRef !== undefined) {
    const { name: of = '', key, optional } = secretKeyRef;
    const found = objects.secret(of);
    require(found, optional, `secret "${of}" not found`);
    const entry = found?.data?.[key];
    if (found !== undefined) require(entry, optional, `couldn't find key ${key} in Secret ${namespace}/${of}`);
    return entry === undefined ? undefined : decoded(entry);
  }
  if (fieldRef !== undefined) {
    const field = podField(pod, fieldRef, node, podIps);
    require(field, false, `env ${name}: fieldPath "${fieldRef.fieldPath}" is not supported`);
    return field;
  }
  if (resourceFieldRef !== undefined) {
    const field = resourceField(pod, resourceFieldRef, container, node);
    require(field, false, `env ${name}: resource "${resourceFieldRef.resource}" is not supported`);
    return field;
  }
  throw new ContainerConfigError(`env ${name}: the source of its value is not supported`);
}
