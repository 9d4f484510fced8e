import { assertNever } from '@taffrail/platform/assert';
import type { Revision, Uid } from '@taffrail/platform/brand';
import type { EncryptedResources } from '@taffrail/resources/encrypted-resources';
import type { JsonObject } from '@taffrail/resources/json';
import { keyText, type ObjectKey } from '@taffrail/resources/object';
import type { ChangedReference } from '../change-entry.ts';
import { withoutHidden } from '../hidden-values.ts';
import { changesInWords, objectChanges, type ObjectChange } from '../object-changes.ts';

/** One object that an undo changes. */
export interface UndoAction {
  readonly type: 'create' | 'update' | 'delete';
  readonly key: ObjectKey;
  readonly about: ChangedReference;
  /** What it is to be. Owners are named by the uids they had; none for a deletion. */
  readonly object?: JsonObject;
  /** The uid it had, for a creation: who referred to it by that is to refer to the new one. */
  readonly formerUid?: string;
  /** What has to be there for it; none for a creation, which needs the name to be free. */
  readonly present?: { readonly uid: Uid; readonly revision: Revision };
  /** What becomes different, for an update; without what is hidden. */
  readonly changes: readonly ObjectChange[];
}

/** An object that an undo leaves as it is, and why. */
export interface UndoneElsewhere {
  readonly about: ChangedReference;
  readonly why: string;
}

/** Something that was changed later, or is in the way. */
export interface UndoConflict {
  readonly about: ChangedReference;
  readonly why: string;
  /** Whether it is overridden when that is asked for; what is in the way is not. */
  readonly overridable: boolean;
}

/** What an undo does, as data: every choice is made here, and carrying it out makes none. */
export interface UndoPlan {
  /** In the order in which they are to be done. */
  readonly actions: readonly UndoAction[];
  readonly left: readonly UndoneElsewhere[];
  readonly conflicts: readonly UndoConflict[];
  /** Objects that have been created anew since: the uid they had, and the one they have. */
  readonly renewals: ReadonlyMap<string, string>;
}

/** What an action becomes in words: `replicas 5 → 3`. */
export function actionInWords({ type, changes }: UndoAction): string {
  switch (type) {
    case 'create':
      return 'create it again';
    case 'delete':
      return 'delete it';
    case 'update':
      return changesInWords(changes) || 'set it back';
    default:
      return assertNever(type);
  }
}

/** The changes of an update, as they may be shown. */
export function shownChanges(
  key: ObjectKey,
  present: JsonObject,
  next: JsonObject,
  encrypts: EncryptedResources,
): readonly ObjectChange[] {
  const { status: _before, ...from } = present;
  const { status: _after, ...to } = next;
  return withoutHidden(key, objectChanges(from, to), encrypts);
}

/** What others need comes first; deletions before everything, so that what they free can be used. */
const FIRST: readonly string[] = [
  '/namespaces',
  'apiextensions.k8s.io/customresourcedefinitions',
  'scheduling.k8s.io/priorityclasses',
  'storage.k8s.io/storageclasses',
  '/serviceaccounts',
  '/secrets',
  '/configmaps',
  '/persistentvolumes',
  '/persistentvolumeclaims',
  '/services',
];
/** What bounds others comes last. */
const LAST: readonly string[] = ['/limitranges', '/resourcequotas'];

/** Actions in the order in which each finds what it needs. */
export function inOrder(actions: readonly UndoAction[]): readonly UndoAction[] {
  const rank = ({ type, key }: UndoAction): number => {
    if (type === 'delete') return -1;
    const resource = `${key.group}/${key.resource}`;
    if (LAST.includes(resource)) return FIRST.length + 1;
    const first = FIRST.indexOf(resource);
    return first < 0 ? FIRST.length : first;
  };
  return actions.toSorted((a, b) => rank(a) - rank(b) || (keyText(a.key) < keyText(b.key) ? -1 : 1));
}
