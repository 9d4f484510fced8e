import { asObject } from '@taffrail/controller/as-object';
import type { Controller } from '@taffrail/controller/controller';
import type { ConfigMap, Namespace } from '@taffrail/resources/generated/types';
import { CONFIG_MAPS, NAMESPACES } from '../resource-names.ts';

const NAME = 'kube-root-ca.crt';
const DESCRIPTION =
  'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal ' +
  'service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.';

/** Publishes the cluster's CA certificate (PEM) into every active namespace, and puts it right when someone changes it. */
export function rootCaController(certificate: string): Controller {
  const data = Object.freeze({ 'ca.crt': certificate });
  return Object.freeze<Controller>({
    name: 'root-ca-certificate-publisher-controller',
    follows: [
      { resource: NAMESPACES, keys: (object) => [{ namespace: '', name: object.metadata.name ?? '' }] },
      {
        resource: CONFIG_MAPS,
        part: (object) => (object.metadata.name === NAME ? 'all' : 'metadata'),
        keys: (object) =>
          object.metadata.name === NAME ? [{ namespace: '', name: object.metadata.namespace ?? '' }] : [],
      },
    ],
    plan(view, key) {
      const namespace = view.get<Namespace>(NAMESPACES, '', key.name);
      if (namespace === undefined || namespace.metadata.deletionTimestamp !== undefined) return [];
      const present = view.get<ConfigMap>(CONFIG_MAPS, key.name, NAME);
      const annotations = { ...present?.metadata.annotations, 'kubernetes.io/description': DESCRIPTION };
      if (present === undefined) {
        const metadata = { name: NAME, namespace: key.name, annotations };
        const object = asObject({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data } as ConfigMap);
        return [{ type: 'create', resource: CONFIG_MAPS, object }];
      }
      const entries = Object.entries(present.data ?? {});
      if (entries.length === 1 && present.data?.['ca.crt'] === certificate) return [];
      const object = asObject({ ...present, metadata: { ...present.metadata, annotations }, data } as ConfigMap);
      return [{ type: 'update', resource: CONFIG_MAPS, object }];
    },
  });
}
