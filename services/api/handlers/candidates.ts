import type { Selection } from '@taffrail/state/selection';
import type { Listed } from '../encoding/readable.ts';
import { collectionNamespace, type ApiContext, type ResourceCall } from './context.ts';
import { selectedName } from './selection.ts';

/** The live objects a selection may take: all of the collection, or the one it names. */
export function candidates(context: ApiContext, call: ResourceCall, selection: Selection): readonly Listed[] {
  const namespace = collectionNamespace(call);
  const name = namespace === undefined ? undefined : selectedName(selection);
  if (namespace === undefined || name === undefined) return context.state.list(call.definition, namespace);
  const found = context.state.get(call.definition, namespace, name);
  return found === undefined ? [] : [found];
}
