import type { ConfigMap, Pod, Secret, Volume, VolumeProjection } from '@taffrail/resources/generated/types';

/** Names of the ConfigMaps and Secrets a pod reads, in its own namespace. */
export interface References {
  readonly configMaps: ReadonlySet<string>;
  readonly secrets: ReadonlySet<string>;
}

/** Those objects as they were fetched: undefined is "not found". */
export interface ReferencedObjects {
  configMap(name: string): ConfigMap | undefined;
  secret(name: string): Secret | undefined;
}

/** Everything a pod's containers and volumes refer to, and its pull secrets. */
export function references(pod: Pod): References {
  const configMaps = new Set<string>();
  const secrets = new Set<string>();
  const add = (set: Set<string>, name: string | undefined): void => {
    if (name !== undefined && name !== '') set.add(name);
  };
  for (const { env = [], envFrom = [] } of [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])]) {
    for (const { valueFrom } of env) {
      add(configMaps, valueFrom?.configMapKeyRef?.name);
      add(secrets, valueFrom?.secretKeyRef?.name);
    }
    for (const { configMapRef, secretRef } of envFrom) {
      add(configMaps, configMapRef?.name);
      add(secrets, secretRef?.name);
    }
  }
  const projection = (
    source: Pick<Volume | VolumeProjection, 'configMap'> & Pick<VolumeProjection, 'secret'>,
  ): void => {
    add(configMaps, source.configMap?.name);
    add(secrets, source.secret?.name);
  };
  for (const volume of pod.spec?.volumes ?? []) {
    add(configMaps, volume.configMap?.name);
    add(secrets, volume.secret?.secretName);
    volume.projected?.sources?.forEach(projection);
  }
  for (const { name } of pod.spec?.imagePullSecrets ?? []) add(secrets, name);
  return { configMaps, secrets };
}
