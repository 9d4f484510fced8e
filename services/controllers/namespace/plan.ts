import { asObject } from '@taffrail/controller/as-object';
import type { ControllerCommand } from '@taffrail/controller/command';
import type { Controller, View, WorkKey } from '@taffrail/controller/controller';
import { rfc3339Seconds } from '@taffrail/platform/clock';
import type { Namespace, NamespaceCondition } from '@taffrail/resources/generated/types';
import type { KubeObject } from '@taffrail/resources/object';
import { resourceText } from '@taffrail/controller/api-path';
import { EVENTS, NAMESPACES, PODS } from '../resource-names.ts';
import { NAMESPACE_CONTENTS } from './contents.ts';
import { sameJson } from '../workload/same-json.ts';

const KUBERNETES = 'kubernetes';

/** Empties a namespace that is being deleted, says what still holds it up, and finalizes it when nothing does. */
export const namespaceController: Controller = Object.freeze<Controller>({
  name: 'namespace-controller',
  follows: [
    { resource: NAMESPACES, keys: (object) => [{ namespace: '', name: object.metadata.name ?? '' }] },
    ...NAMESPACE_CONTENTS.map((resource) => ({
      resource,
      part: 'metadata' as const,
      keys(object: KubeObject, _previous: KubeObject | undefined, view: View): readonly WorkKey[] {
        const name = object.metadata.namespace ?? '';
        const ending = view.get(NAMESPACES, '', name)?.metadata.deletionTimestamp !== undefined;
        return ending ? [{ namespace: '', name }] : [];
      },
    })),
  ],
  plan(view, key, context) {
    const namespace = view.get<Namespace>(NAMESPACES, '', key.name);
    if (namespace?.metadata.deletionTimestamp === undefined) return [];
    if (namespace.spec?.finalizers?.includes(KUBERNETES) !== true) return [];
    const contents = NAMESPACE_CONTENTS.map((resource) => ({ resource, objects: view.list(resource, key.name) }));
    const remaining = contents.filter(({ objects }) => objects.length > 0);
    // Pods go first: what they run with must not be taken from under them.
    const pods = remaining.filter(
      ({ resource }) => resource.group === PODS.group && resource.resource === PODS.resource,
    );
    const deletions = (pods.length > 0 ? pods : remaining)
      .filter(({ objects }) => objects.some((object) => object.metadata.deletionTimestamp === undefined))
      .map(({ resource }) => ({ type: 'delete-collection' as const, resource, namespace: key.name }));
    const conditions = conditionsOf(namespace, remaining, context.nowMs);
    return [
      ...deletions,
      ...statusUpdate(namespace, conditions),
      ...(remaining.length === 0 ? finalization(namespace) : []),
    ];
  },
});

interface Remaining {
  readonly resource: { readonly group: string; readonly version: string; readonly resource: string };
  readonly objects: readonly KubeObject[];
}

function conditionsOf(
  namespace: Namespace,
  remaining: readonly Remaining[],
  nowMs: number,
): readonly NamespaceCondition[] {
  const finalizers = new Map<string, number>();
  for (const finalizer of remaining.flatMap(({ objects }) =>
    objects.flatMap((object) => object.metadata.finalizers ?? []),
  )) {
    finalizers.set(finalizer, (finalizers.get(finalizer) ?? 0) + 1);
  }
  const resourcesLeft = remaining.map(
    ({ resource, objects }) =>
      `${resourceText(resource)}${resource.group === '' ? '.' : ''} has ${objects.length} resource instances`,
  );
  const finalizersLeft = [...finalizers].map(([name, count]) => `${name} in ${count} resource instances`);
  const wanted: readonly (readonly [string, boolean, string, string])[] = [
    ['NamespaceDeletionDiscoveryFailure', false, 'ResourcesDiscovered', 'All resources successfully discovered'],
    [
      'NamespaceDeletionGroupVersionParsingFailure',
      false,
      'ParsedGroupVersions',
      'All legacy kube types successfully parsed',
    ],
    [
      'NamespaceDeletionContentFailure',
      false,
      'ContentDeleted',
      'All content successfully deleted, may be waiting on finalization',
    ],
    resourcesLeft.length > 0
      ? [
          'NamespaceContentRemaining',
          true,
          'SomeResourcesRemain',
          `Some resources are remaining: ${resourcesLeft.sort().join(', ')}`,
        ]
      : ['NamespaceContentRemaining', false, 'ContentRemoved', 'All content successfully removed'],
    finalizersLeft.length > 0
      ? [
          'NamespaceFinalizersRemaining',
          true,
          'SomeFinalizersRemain',
          `Some content in the namespace has finalizers remaining: ${finalizersLeft.sort().join(', ')}`,
        ]
      : ['NamespaceFinalizersRemaining', false, 'ContentHasNoFinalizers', 'All content-preserving finalizers finished'],
  ];
  const present = namespace.status?.conditions ?? [];
  const others = present.filter((condition) => !wanted.some(([type]) => type === condition.type));
  const now = rfc3339Seconds(nowMs);
  return [
    ...others,
    ...wanted.map(([type, holds, reason, message]): NamespaceCondition => {
      const status = holds ? 'True' : 'False';
      const before = present.find((condition) => condition.type === type);
      const lastTransitionTime = before?.status === status ? (before.lastTransitionTime ?? now) : now;
      return { type, status, reason, message, lastTransitionTime };
    }),
  ];
}

function statusUpdate(namespace: Namespace, conditions: readonly NamespaceCondition[]): readonly ControllerCommand[] {
  const status = { ...namespace.status, phase: 'Terminating', conditions };
  if (sameJson(status, namespace.status)) return [];
  const { name = '' } = namespace.metadata;
  // A merge patch: the phase is the API server's, and finalization follows in the same plan.
  const patch = { status: { conditions: conditions.map((condition) => ({ ...condition })) } };
  return [{ type: 'patch', resource: NAMESPACES, namespace: '', name, patch, subresource: 'status' }];
}

/** Events are not waited for one by one: all of them are deleted, then the namespace may go. */
function finalization(namespace: Namespace): readonly ControllerCommand[] {
  const { name = '', resourceVersion: _unfenced, ...metadata } = namespace.metadata;
  const finalizers = (namespace.spec?.finalizers ?? []).filter((finalizer) => finalizer !== KUBERNETES);
  const object = asObject({ ...namespace, metadata: { ...metadata, name }, spec: { finalizers } } as Namespace);
  return [
    { type: 'delete-collection', resource: EVENTS, namespace: name },
    { type: 'update', resource: NAMESPACES, object, subresource: 'finalize' },
  ];
}
