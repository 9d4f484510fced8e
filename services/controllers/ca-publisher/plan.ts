import { asObject } from '@taffrail/controller/as-object';
import type { Controller } from '@taffrail/controller/controller';
import type { ConfigMap, Namespace } from '@taffrail/resources/generated/types';
import { CONFIG_MAPS, NAMESPACES } from '../resource-names.ts';

/** A bundle of certificate authorities and the ConfigMap it stands in. */
interface Publication {
  readonly controller: string;
  readonly name: string;
  readonly key: string;
  readonly description: string;
}

const ROOT_CA: Publication = {
  controller: 'root-ca-certificate-publisher-controller',
  name: 'kube-root-ca.crt',
  key: 'ca.crt',
  description:
    'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal ' +
    'service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.',
};

const SERVICE_CA: Publication = {
  controller: 'service-ca-cert-publisher',
  name: 'service-ca.crt',
  key: 'service-ca.crt',
  description: 'Contains a CA bundle that can be used to verify the serving certificates of Services in this cluster.',
};

/** Publishes the cluster's CA certificate (PEM) into every active namespace, and puts it right when someone changes it. */
export function rootCaController(certificate: string): Controller {
  return publisher(ROOT_CA, certificate);
}

/** Publishes the CA (PEM) of what Services serve with, likewise: docs/adr/0011 says why. */
export function serviceCaController(certificate: string): Controller {
  return publisher(SERVICE_CA, certificate);
}

function publisher({ controller, name, key: bundle, description }: Publication, certificate: string): Controller {
  const data = Object.freeze({ [bundle]: certificate });
  return Object.freeze<Controller>({
    name: controller,
    follows: [
      { resource: NAMESPACES, keys: (object) => [{ namespace: '', name: object.metadata.name ?? '' }] },
      {
        resource: CONFIG_MAPS,
        part: (object) => (object.metadata.name === name ? 'all' : 'metadata'),
        keys: (object) =>
          object.metadata.name === name ? [{ namespace: '', name: object.metadata.namespace ?? '' }] : [],
      },
    ],
    plan(view, key) {
      const namespace = view.get<Namespace>(NAMESPACES, '', key.name);
      if (namespace === undefined || namespace.metadata.deletionTimestamp !== undefined) return [];
      const present = view.get<ConfigMap>(CONFIG_MAPS, key.name, name);
      const annotations = { ...present?.metadata.annotations, 'kubernetes.io/description': description };
      if (present === undefined) {
        const metadata = { name, namespace: key.name, annotations };
        const object = asObject({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data } as ConfigMap);
        return [{ type: 'create', resource: CONFIG_MAPS, object }];
      }
      const entries = Object.entries(present.data ?? {});
      if (entries.length === 1 && present.data?.[bundle] === certificate) return [];
      const object = asObject({ ...present, metadata: { ...present.metadata, annotations }, data } as ConfigMap);
      return [{ type: 'update', resource: CONFIG_MAPS, object }];
    },
  });
}
