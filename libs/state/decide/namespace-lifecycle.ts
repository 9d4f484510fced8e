import { forbidden, notFound, type Rejection } from '@taffrail/machinery/rejection';
import type { LiveObject } from '../live-object.ts';
import type { StateView } from '../state-view.ts';
import { objectOf, textOf } from './metadata.ts';

/** The resource of Namespaces. */
export const NAMESPACES = { group: '', resource: 'namespaces' } as const;

const IMMORTAL: ReadonlySet<string> = new Set(['default', 'kube-system', 'kube-public']);

/** Refuses the deletion of the namespaces a cluster cannot be without. */
export function immortalNamespace(name: string): Rejection | undefined {
  if (!IMMORTAL.has(name)) return undefined;
  return forbidden({ ...NAMESPACES, name }, 'this namespace may not be deleted');
}

/** Refuses what is to be created in a namespace that is missing or about to go. */
export function namespaceRefusal(
  cluster: StateView,
  namespace: string,
  target: { readonly group: string; readonly resource: string; readonly name: string },
): Rejection | undefined {
  const found = cluster.get(NAMESPACES, '', namespace);
  if (found === undefined) return notFound({ ...NAMESPACES, name: namespace });
  if (!isTerminating(found)) return undefined;
  return forbidden(target, `unable to create new content in namespace ${namespace} because it is being terminated`, [
    {
      reason: 'NamespaceTerminating',
      message: `namespace ${namespace} is being terminated`,
      field: 'metadata.namespace',
    },
  ]);
}

function isTerminating(namespace: LiveObject): boolean {
  return namespace.deleting || textOf(objectOf(namespace.contents(), 'status'), 'phase') === 'Terminating';
}
