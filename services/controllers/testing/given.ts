import { asObject } from '@taffrail/controller/as-object';
import type { Deployment, Namespace, Node, Pod, ReplicaSet, Service } from '@taffrail/resources/generated/types';
import type { KubeObject } from '@taffrail/resources/object';

/** Objects for tests, as the API server would have defaulted them. */

type DeploymentSpec = NonNullable<Deployment['spec']>;

export function deployment(name: string, replicas: number, spec: Partial<DeploymentSpec> = {}): KubeObject {
  return asObject({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'ns' },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
      template: template(name, 'v1'),
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
      ...spec,
    },
  } as Deployment);
}

export function template(app: string, image: string): DeploymentSpec['template'] {
  return { metadata: { labels: { app } }, spec: { containers: [{ name: 'main', image }] } };
}

export function replicaSet(name: string, replicas: number, more: Partial<ReplicaSet> = {}): KubeObject {
  return asObject({
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name, namespace: 'ns', generation: 1 },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'main', image: 'v1' }] } },
    },
    status: { replicas: 0 },
    ...more,
  });
}

export interface GivenPod {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly owner?: { readonly kind: string; readonly name: string };
  readonly node?: string;
  readonly phase?: string;
  readonly ready?: boolean;
  /** Since when it is ready, RFC 3339. */
  readonly readySince?: string;
  readonly created?: string;
  readonly ip?: string;
  readonly deleting?: boolean;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly restarts?: number;
  readonly spec?: Partial<NonNullable<Pod['spec']>>;
}

const EPOCH = '1970-01-01T00:00:00Z';

export function pod(given: GivenPod): KubeObject {
  const { owner } = given;
  return asObject({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: given.name,
      namespace: 'ns',
      creationTimestamp: given.created ?? EPOCH,
      ...(given.labels === undefined ? {} : { labels: given.labels }),
      ...(given.annotations === undefined ? {} : { annotations: given.annotations }),
      ...(given.deleting === true ? { deletionTimestamp: EPOCH } : {}),
      ...(owner === undefined
        ? {}
        : {
            ownerReferences: [
              {
                apiVersion: 'apps/v1',
                kind: owner.kind,
                name: owner.name,
                uid: `uid-${owner.kind.toLowerCase()}-${owner.name}`,
                controller: true,
                blockOwnerDeletion: true,
              },
            ],
          }),
    },
    spec: {
      containers: [{ name: 'main', image: 'v1' }],
      ...(given.node === undefined ? {} : { nodeName: given.node }),
      ...given.spec,
    },
    status: {
      phase: given.phase ?? (given.ready === true ? 'Running' : 'Pending'),
      ...(given.ip === undefined ? {} : { podIP: given.ip, podIPs: [{ ip: given.ip }] }),
      conditions: [
        {
          type: 'Ready',
          status: given.ready === true ? 'True' : 'False',
          lastTransitionTime: given.readySince ?? EPOCH,
        },
      ],
      ...(given.restarts === undefined
        ? {}
        : {
            containerStatuses: [{ name: 'main', image: 'v1', imageID: '', ready: true, restartCount: given.restarts }],
          }),
    },
  } as Pod);
}

export function node(name: string, more: Partial<Node> = {}): KubeObject {
  return asObject({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, creationTimestamp: EPOCH },
    spec: {},
    status: { conditions: [{ type: 'Ready', status: 'True', lastHeartbeatTime: EPOCH, lastTransitionTime: EPOCH }] },
    ...more,
  });
}

export function namespace(name: string, more: Partial<Namespace> = {}): KubeObject {
  return asObject({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name },
    spec: { finalizers: ['kubernetes'] },
    status: { phase: 'Active' },
    ...more,
  });
}

export function service(name: string, spec: Partial<NonNullable<Service['spec']>> = {}): KubeObject {
  return asObject({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'ns' },
    spec: {
      type: 'ClusterIP',
      clusterIP: '10.96.0.10',
      ipFamilies: ['IPv4'],
      selector: { app: name },
      ports: [{ port: 80, protocol: 'TCP', targetPort: 8080 }],
      ...spec,
    },
  } as Service);
}

/** An object with changed metadata. */
export function withMetadata(object: KubeObject, metadata: Partial<KubeObject['metadata']>): KubeObject {
  return asObject({ ...object, metadata: { ...object.metadata, ...metadata } });
}
