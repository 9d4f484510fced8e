import { limits } from '@taffrail/platform/limits';
import { isRejection, type Rejection } from '@taffrail/machinery/rejection';
import type { ItemCommand, TransactionItem } from '@taffrail/state/command';
import type { Accepted } from '@taffrail/state/state-machine';
import { accessDenied } from '../auth/forbidden.ts';
import type { Attributes, Authorizer } from '../auth/authorizer.ts';
import type { User } from '../auth/identity.ts';
import { answerBytes } from '../http/answer.ts';
import type { Exchange } from '../http/exchange.ts';
import { PLAIN_JSON } from '../http/negotiation.ts';
import type { PathRequest } from '../http/parsed-request.ts';
import type { ApiContext, ResourceCall } from './context.ts';
import { decodeTransaction, type FindKind } from './transaction-body.ts';
import { warningHeaders } from './warnings.ts';
import { requestContext } from './write.ts';
import { writeOptions } from './write-options.ts';

/** Path of the transactions API; kept out of Kubernetes' discovery, which knows only kinds. */
const PATH = ['apis', 'taffrail.dev', 'v1', 'transactions'];

/** Whether a path is that of the transactions API. */
export function isTransactionPath(segments: readonly string[]): boolean {
  return segments.length === PATH.length && PATH.every((segment, index) => segments[index] === segment);
}

export interface TransactionTools {
  readonly context: ApiContext;
  readonly authorizer: Authorizer;
  readonly findKind: FindKind;
}

/**
 * Answers `POST /apis/taffrail.dev/v1/transactions` (docs/TRANSACTIONS.md): all items are committed together or none is.
 * Anybody may ask; each item is authorized as the request it would be alone.
 */
export async function answerTransaction(
  { context, authorizer, findKind }: TransactionTools,
  exchange: Exchange,
  user: User,
  request: PathRequest,
  trace: ResourceCall['trace'],
): Promise<Rejection | undefined> {
  const options = writeOptions(request.query, 'CreateOptions', exchange.header('user-agent') ?? '');
  if (isRejection(options)) return options;
  const bytes = await exchange.body(limits.transactionBodyBytes);
  const body = decodeTransaction(bytes, exchange.header('content-type'), {
    fieldValidation: options.fieldValidation,
    findKind,
    namespace: request.query.get('namespace') ?? '',
  });
  if (isRejection(body)) return body;
  const denied = deniedItem(authorizer, user, body.items);
  if (denied !== undefined) return denied;
  const outcome = await context.state.submit(
    { type: 'transaction', items: body.items },
    requestContext(context, { exchange, user, trace }, options),
    exchange.signal,
  );
  if (isRejection(outcome)) return outcome;
  const warnings = [...body.warnings.flat(), ...outcome.warnings];
  answerBytes(exchange, 200, PLAIN_JSON, partsOf(outcome, body.warnings), warningHeaders(warnings));
  return undefined;
}

/** The refusal of the first item that its user may not ask for. */
export function deniedItem(
  authorizer: Authorizer,
  user: User,
  items: readonly TransactionItem[],
): Rejection | undefined {
  for (const [index, { command }] of items.entries()) {
    for (const attributes of attributesOf(command)) {
      const decision = authorizer.authorize(user, attributes);
      if (decision.allowed) continue;
      const denied = accessDenied(user, attributes, decision.why);
      return { ...denied, message: `items[${index}]: ${denied.message}` };
    }
  }
  return undefined;
}

/** What an item would be authorized as alone. Whoever applies may come to create or to patch, and needs both. */
function attributesOf({ type, target }: ItemCommand): readonly Attributes[] {
  const { definition, namespace, name, subresource } = target;
  const { group, resource } = definition;
  const verbs = type === 'apply' ? ['create', 'patch'] : [type];
  return verbs.map((verb) => {
    // As in Kubernetes, a creation names no object (its URL is the collection's), and a namespace lies in itself.
    const named = verb === 'create' && subresource === '' ? '' : name;
    const within = resource === 'namespaces' && group === '' ? named : namespace;
    return { type: 'resource', verb, group, resource, subresource, namespace: within, name: named };
  });
}

/** The answer's bytes; objects are passed on as they are kept. */
function partsOf({ items = [], end }: Accepted, decoded: readonly (readonly string[])[]): readonly Uint8Array[] {
  const head = `{"kind":"Transaction","apiVersion":"taffrail.dev/v1","metadata":{"resourceVersion":"${end}"},"items":[`;
  const parts: Uint8Array[] = [Buffer.from(head)];
  for (const [index, { object, result, warnings }] of items.entries()) {
    const all = [...(decoded[index] ?? []), ...warnings];
    const said = all.length === 0 ? '' : `"warnings":${JSON.stringify(all)},`;
    parts.push(Buffer.from(`${index === 0 ? '' : ','}{"result":"${result}",${said}"object":`));
    parts.push(object.body(), Buffer.from('}'));
  }
  parts.push(Buffer.from(']}\n'));
  return parts;
}
