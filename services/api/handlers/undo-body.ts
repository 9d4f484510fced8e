import { parseRevision, type Revision } from '@taffrail/platform/brand';
import { parseLabelSelector } from '@taffrail/machinery/label-selector';
import { parseJsonBody } from '@taffrail/machinery/decode/parse-json';
import { badRequest, isRejection, type Rejection } from '@taffrail/machinery/rejection';
import type { LabelSelector } from '@taffrail/machinery/selector';
import { isJsonObject, type JsonObject } from '@taffrail/resources/json';
import { parseMoment, type AskedMoment } from './moment.ts';
import type { PastScope } from './past-access.ts';

/** What is to be undone. */
export interface UndoRequest {
  readonly rejected?: never;
  readonly what:
    | {
        readonly type: 'scope';
        readonly scope: PastScope;
        readonly labels: LabelSelector | undefined;
        readonly to: AskedMoment;
      }
    | { readonly type: 'transaction'; readonly at: Revision };
  /** Also where something was changed later. */
  readonly force: boolean;
  /** The plan that was looked at; '' for whichever there is. */
  readonly plan: string;
}

const MEMBERS = [
  'kind',
  'apiVersion',
  'metadata',
  'group',
  'resource',
  'namespace',
  'name',
  'labelSelector',
  'to',
  'transaction',
  'force',
  'plan',
];

/** Reads the body of an undo (docs/undo-api.md). Rejects with 400 what has not its form. */
export function undoRequest(bytes: Uint8Array): UndoRequest | Rejection {
  const parsed = parseJsonBody(bytes);
  if (parsed.fault !== undefined) return badRequest(`the undo cannot be read: ${parsed.fault}`);
  const body = parsed.value;
  if (!isJsonObject(body)) return badRequest('an undo is an object');
  const unknown = Object.keys(body).find((name) => !MEMBERS.includes(name));
  if (unknown !== undefined) return badRequest(`an undo has no field ${JSON.stringify(unknown)}`);
  const { kind = 'Undo', apiVersion = 'taffrail.dev/v1', force = false } = body;
  if (kind !== 'Undo' || apiVersion !== 'taffrail.dev/v1') {
    return badRequest('the body is to be of kind Undo in version taffrail.dev/v1');
  }
  if (typeof force !== 'boolean') return badRequest('force is true or false');
  const texts = textsOf(body);
  if (isRejection(texts)) return texts;
  const what = whatOf(texts);
  return isRejection(what) ? what : { what, force, plan: texts['plan'] ?? '' };
}

type Texts = Readonly<Record<string, string>> & { readonly rejected?: never };

function textsOf(body: JsonObject): Texts | Rejection {
  const texts: Record<string, string> = {};
  for (const name of ['group', 'resource', 'namespace', 'name', 'labelSelector', 'to', 'transaction', 'plan']) {
    const value = body[name];
    if (value === undefined) continue;
    if (typeof value !== 'string') return badRequest(`${name} is a text`);
    texts[name] = value;
  }
  return texts;
}

function whatOf(texts: Texts): (UndoRequest['what'] & { readonly rejected?: never }) | Rejection {
  const { group = '', resource, namespace, name, labelSelector = '', to, transaction } = texts;
  if (transaction !== undefined) {
    const at = parseRevision(transaction);
    if (at === undefined) return badRequest(`transaction is not a revision: ${JSON.stringify(transaction)}`);
    const other = ['resource', 'namespace', 'name', 'labelSelector', 'to'].find(
      (member) => texts[member] !== undefined,
    );
    return other === undefined
      ? { type: 'transaction', at }
      : badRequest(`a transaction is undone whole: ${other} has no place beside it`);
  }
  if (to === undefined) return badRequest('to is required: the moment to go back to');
  const moment = parseMoment(to);
  if (isRejection(moment)) return moment;
  if (name !== undefined && resource === undefined) return badRequest('a name needs a resource');
  if (name === undefined && namespace === undefined && labelSelector === '') {
    return badRequest('say what is to be undone: an object, a namespace or a labelSelector');
  }
  const labels = labelSelector === '' ? undefined : parseLabelSelector(labelSelector);
  if (isRejection(labels)) return labels;
  const scope = {
    ...(resource === undefined ? {} : { group, resource }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
  };
  return { type: 'scope', scope, labels, to: moment };
}
