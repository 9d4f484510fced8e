import { parseRevision, type Revision } from '@taffrail/platform/brand';
import { badRequest, isRejection, type Rejection } from '@taffrail/machinery/rejection';
import type { FieldError } from '@taffrail/resources/field-error';
import { isTrue } from '../http/parsed-request.ts';
import { internalRevision, invalidOptions, notAnInteger } from '../http/rejections.ts';
import { decodeContinue, type ContinueToken } from './continue-token.ts';

/** Which state a read is to show. */
export type RevisionDemand =
  /** The newest committed state. */
  | { readonly type: 'latest' }
  /** Anything committed; may be old. */
  | { readonly type: 'any' }
  | { readonly type: 'not-older-than'; readonly revision: Revision }
  | { readonly type: 'exact'; readonly revision: Revision };

/** The options of a list, checked. */
export interface ListOptions {
  readonly demand: RevisionDemand;
  /** 0 for no limit. */
  readonly limit: number;
  readonly from: ContinueToken | undefined;
}

/** The options of a watch, checked. */
export interface WatchOptions {
  /** Absent or 0: the present, after initial events unless `sendInitialEvents` is false. */
  readonly after: Revision | undefined;
  readonly sendInitialEvents: boolean | undefined;
  readonly allowBookmarks: boolean;
  readonly timeoutSeconds: number | undefined;
}

/** Reads and checks the query of a list as Kubernetes does. */
export function listOptions(query: URLSearchParams): ListOptions | Rejection {
  const limit = integerOf(query, 'limit');
  if (isRejection(limit)) return limit;
  // A list takes no longer for it, but it must be a number all the same.
  const timeoutSeconds = integerOf(query, 'timeoutSeconds');
  if (isRejection(timeoutSeconds)) return timeoutSeconds;
  const continueText = query.get('continue') ?? '';
  const revisionText = query.get('resourceVersion') ?? '';
  const match = query.get('resourceVersionMatch') ?? '';
  const errors = matchErrors({ match, revisionText, continueText, query });
  if (errors.length > 0) return invalidOptions('ListOptions', errors);

  if (continueText !== '') {
    const from = decodeContinue(continueText);
    if (isRejection(from)) return from;
    if (revisionText !== '' && revisionText !== '0') {
      return badRequest('specifying resource version is not allowed when using continue');
    }
    const { revision } = from;
    return {
      demand: revision === 'newest' ? { type: 'latest' } : { type: 'exact', revision },
      limit: limit ?? 0,
      from,
    };
  }
  const revision = revisionOption(revisionText);
  if (isRejection(revision)) return revision;
  return { demand: demandOf(revision, match, limit ?? 0), limit: limit ?? 0, from: undefined };
}

function demandOf(revision: Revision | undefined, match: string, limit: number): RevisionDemand {
  if (revision === undefined) return { type: 'latest' };
  if (revision === 0) return { type: 'any' };
  // Without a match rule a revision means "not older", except on a paged list, where it always meant "exactly".
  const exact = match === 'Exact' || (match === '' && limit > 0);
  return { type: exact ? 'exact' : 'not-older-than', revision };
}

/** Reads and checks the query of a watch. */
export function watchOptions(query: URLSearchParams): WatchOptions | Rejection {
  const timeoutSeconds = integerOf(query, 'timeoutSeconds');
  if (isRejection(timeoutSeconds)) return timeoutSeconds;
  const initial = query.get('sendInitialEvents');
  const match = query.get('resourceVersionMatch') ?? '';
  const revisionText = query.get('resourceVersion') ?? '';
  const errors = watchErrors({ match, initial, continueText: query.get('continue') ?? '' });
  if (errors.length > 0) return invalidOptions('ListOptions', errors);
  const revision = revisionOption(revisionText);
  if (isRejection(revision)) return revision;
  return {
    after: revision,
    sendInitialEvents: initial === null ? undefined : isTrue(initial),
    allowBookmarks: isTrue(query.get('allowWatchBookmarks')),
    timeoutSeconds,
  };
}

/** A `resourceVersion` of a read; an unreadable one is a 500 with Kubernetes, which its clients' tests rely on. */
export function revisionOption(text: string): Revision | undefined | Rejection {
  if (text === '') return undefined;
  return parseRevision(text) ?? internalRevision(text);
}

const MATCH_RULES = ['Exact', 'NotOlderThan'];

function matchErrors(options: {
  readonly match: string;
  readonly revisionText: string;
  readonly continueText: string;
  readonly query: URLSearchParams;
}): readonly FieldError[] {
  const { match, revisionText, continueText, query } = options;
  const errors: FieldError[] = [];
  if (query.get('sendInitialEvents') !== null) {
    errors.push(forbiddenOption('sendInitialEvents', 'sendInitialEvents is forbidden for list'));
  }
  if (match === '') return errors;
  if (continueText !== '') {
    errors.push(forbiddenOption('resourceVersionMatch', 'resourceVersionMatch is forbidden for continue'));
    return errors;
  }
  if (revisionText === '') {
    errors.push(
      forbiddenOption('resourceVersionMatch', 'resourceVersionMatch is forbidden unless resourceVersion is provided'),
    );
  }
  if (!MATCH_RULES.includes(match)) errors.push(unsupportedMatch(match, '"Exact", "NotOlderThan", ""'));
  else if (match === 'Exact' && revisionText === '0') {
    errors.push(
      forbiddenOption('resourceVersionMatch', 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'),
    );
  }
  return errors;
}

function watchErrors(options: {
  readonly match: string;
  readonly initial: string | null;
  readonly continueText: string;
}): readonly FieldError[] {
  const { match, initial, continueText } = options;
  const errors: FieldError[] = [];
  if (continueText !== '') errors.push(forbiddenOption('continue', 'continue is forbidden for watch'));
  if (initial === null) {
    if (match !== '') {
      errors.push(
        forbiddenOption(
          'resourceVersionMatch',
          'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided',
        ),
      );
    }
    return errors;
  }
  if (match === '') {
    errors.push(
      forbiddenOption(
        'resourceVersionMatch',
        'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
      ),
    );
  } else if (match !== 'NotOlderThan') {
    errors.push(unsupportedMatch(match, '"NotOlderThan"'));
  }
  return errors;
}

function forbiddenOption(field: string, why: string): FieldError {
  return { type: 'FieldValueForbidden', field, message: `Forbidden: ${why}` };
}

function unsupportedMatch(match: string, supported: string): FieldError {
  return {
    type: 'FieldValueNotSupported',
    field: 'resourceVersionMatch',
    message: `Unsupported value: ${JSON.stringify(match)}: supported values: ${supported}`,
  };
}

/** An integer parameter; 400 when it is not one. Negative numbers count as absent, as in Kubernetes. */
export function integerOf(query: URLSearchParams, name: string): number | undefined | Rejection {
  const text = query.get(name);
  if (text === null || text === '') return undefined;
  if (!/^[+-]?\d{1,15}$/.test(text)) return notAnInteger(text);
  const value = Number(text);
  return value < 0 ? undefined : value;
}
