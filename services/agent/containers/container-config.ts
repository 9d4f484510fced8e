import type { Container, Pod } from '@taffrail/resources/generated/types';
import {
  CONTAINER_NAME_LABEL,
  POD_NAME_LABEL,
  POD_NAMESPACE_LABEL,
  POD_UID_LABEL,
  type ContainerConfig,
  type Image,
  type Mount,
} from '../runtime/port.ts';
import {
  containerHash,
  HASH_ANNOTATION,
  POD_GRACE_ANNOTATION,
  RESTART_COUNT_ANNOTATION,
  TERMINATION_MESSAGE_PATH_ANNOTATION,
  TERMINATION_MESSAGE_POLICY_ANNOTATION,
} from './container-hash.ts';
import { containerEnvironment, type EnvironmentInput } from './environment.ts';
import { expand } from './expansion.ts';
import { normalizeImage } from './image-reference.ts';
import { containerResources } from './resources.ts';
import { containerSecurity } from './security.ts';

export const DEFAULT_TERMINATION_MESSAGE_PATH = '/dev/termination-log';

export interface ContainerInput extends EnvironmentInput {
  readonly attempt: number;
  readonly image: Image | undefined;
  readonly mounts: readonly Mount[];
  readonly logPath: string;
  readonly nodeMemoryBytes: number;
}

/** A container as a runtime takes it. Throws ContainerConfigError when something it needs is not there. */
export function containerConfig(input: ContainerInput): ContainerConfig {
  const { pod, container, attempt, image, mounts, logPath, nodeMemoryBytes } = input;
  const environment = containerEnvironment(input);
  const values = new Map(environment.map(({ name, value }) => [name, value]));
  const { name = '', namespace = '', uid = '' } = pod.metadata;
  return {
    name: container.name,
    attempt,
    image: normalizeImage(container.image ?? '') ?? '',
    command: (container.command ?? []).map((part) => expand(part, values)),
    args: (container.args ?? []).map((part) => expand(part, values)),
    workingDir: container.workingDir ?? '',
    environment,
    mounts,
    devices: [],
    labels: {
      [POD_NAME_LABEL]: name,
      [POD_NAMESPACE_LABEL]: namespace,
      [POD_UID_LABEL]: uid,
      [CONTAINER_NAME_LABEL]: container.name,
    },
    annotations: annotations(pod, container, attempt),
    logPath,
    stdin: container.stdin === true,
    stdinOnce: container.stdinOnce === true,
    tty: container.tty === true,
    resources: containerResources(pod, container, nodeMemoryBytes),
    security: containerSecurity(pod, container, image),
  };
}

function annotations(pod: Pod, container: Container, attempt: number): Readonly<Record<string, string>> {
  return {
    [HASH_ANNOTATION]: containerHash(container),
    [RESTART_COUNT_ANNOTATION]: String(attempt),
    [TERMINATION_MESSAGE_PATH_ANNOTATION]: container.terminationMessagePath ?? DEFAULT_TERMINATION_MESSAGE_PATH,
    [TERMINATION_MESSAGE_POLICY_ANNOTATION]: container.terminationMessagePolicy ?? 'File',
    [POD_GRACE_ANNOTATION]: String(pod.spec?.terminationGracePeriodSeconds ?? 30),
  };
}
