import { decodeObject } from '@taffrail/machinery/decode/decode-object';
import { mediaTypeOf, unsupportedMediaType } from '@taffrail/machinery/decode/media-type';
import { parseJsonBody } from '@taffrail/machinery/decode/parse-json';
import { parseYamlBody } from '@taffrail/machinery/decode/parse-yaml';
import type { ParsedBody } from '@taffrail/machinery/decode/parsed-body';
import { badRequest, isRejection, type Rejection } from '@taffrail/machinery/rejection';
import { assertNever } from '@taffrail/platform/assert';
import type { ResourceDefinition } from '@taffrail/resources/definition';
import { isJsonObject, type JsonObject, type JsonValue } from '@taffrail/resources/json';
import type { KubeObject } from '@taffrail/resources/object';
import type { FieldValidation, ItemCommand, PatchType, Preconditions, TransactionItem } from '@taffrail/state/command';
import { checkedOptions } from './delete-options.ts';
import { expectedKind } from './expected-kind.ts';

/** A transaction's items as a request's body says them. The form is described in docs/TRANSACTIONS.md. */
export interface TransactionBody {
  readonly rejected?: never;
  readonly items: readonly TransactionItem[];
  /** Warnings of decoding, by item. */
  readonly warnings: readonly (readonly string[])[];
}

export type FindKind = (group: string, version: string, kind: string) => ResourceDefinition | undefined;

export interface DecodeOptions {
  readonly fieldValidation: FieldValidation;
  readonly findKind: FindKind;
  /** Where namespaced objects lie that do not say so; '' when each has to. */
  readonly namespace: string;
}

const VERBS = ['create', 'update', 'patch', 'apply', 'delete'] as const;
type ItemVerb = (typeof VERBS)[number];
const PATCH_TYPES: readonly PatchType[] = ['merge', 'strategic', 'json', 'apply'];
/** Subresources that are decided on the object alone; the others need a request of their own. */
const SUBRESOURCES = ['', 'status', 'scale', 'binding', 'finalize'];

/** Reads the body of a transaction. Rejects with 400 what has not its form, naming the item. */
export function decodeTransaction(
  bytes: Uint8Array,
  mediaType: string | undefined,
  options: DecodeOptions,
): TransactionBody | Rejection {
  const parsed = parseBody(bytes, mediaType);
  if (parsed === undefined) return unsupportedMediaType(['application/json', 'application/yaml']);
  if (parsed.fault !== undefined) return badRequest(`the transaction cannot be read: ${parsed.fault}`);
  if (parsed.duplicates.length > 0 && options.fieldValidation === 'Strict') {
    return badRequest(`the transaction cannot be read: ${parsed.duplicates.join(', ')}`);
  }
  const document = parsed.value;
  if (!isJsonObject(document)) return badRequest('a transaction is an object with items');
  const unknown = unknownMember(document, ['kind', 'apiVersion', 'metadata', 'items']);
  if (unknown !== undefined) return badRequest(`a transaction has no field ${JSON.stringify(unknown)}`);
  const { kind = 'Transaction', apiVersion = 'taffrail.dev/v1', items } = document;
  if (kind !== 'Transaction' || apiVersion !== 'taffrail.dev/v1') {
    return badRequest('the body is to be of kind Transaction in version taffrail.dev/v1');
  }
  if (!Array.isArray(items)) return badRequest('a transaction has a list of items');
  const decoded: DecodedItem[] = [];
  for (const [index, item] of (items as readonly JsonValue[]).entries()) {
    const one = isJsonObject(item) ? decodeItem(item, options) : badRequest('is no object');
    if (isRejection(one)) return { ...one, message: `items[${index}]: ${one.message}` };
    decoded.push(one);
  }
  return { items: decoded.map(({ item }) => item), warnings: decoded.map(({ warnings }) => warnings) };
}

function parseBody(bytes: Uint8Array, mediaType: string | undefined): ParsedBody | undefined {
  switch (mediaTypeOf(mediaType)) {
    case '':
    case 'application/json':
      return parseJsonBody(bytes);
    case 'application/yaml':
      return parseYamlBody(bytes);
    default:
      return undefined;
  }
}

interface DecodedItem {
  readonly rejected?: never;
  readonly item: TransactionItem;
  readonly warnings: readonly string[];
}

const MEMBERS: Readonly<Record<ItemVerb, readonly string[]>> = {
  create: ['verb', 'preconditions', 'subresource', 'object'],
  update: ['verb', 'preconditions', 'subresource', 'object'],
  apply: ['verb', 'preconditions', 'object'],
  patch: ['verb', 'preconditions', 'subresource', 'target', 'patchType', 'patch', 'force'],
  delete: ['verb', 'preconditions', 'target', 'options'],
};

function decodeItem(item: JsonObject, options: DecodeOptions): DecodedItem | Rejection {
  const verb = VERBS.find((one) => one === item['verb']);
  if (verb === undefined) return badRequest(`verb is to be one of ${VERBS.join(', ')}`);
  const unknown = unknownMember(item, MEMBERS[verb]);
  if (unknown !== undefined) return badRequest(`${verb} has no field ${JSON.stringify(unknown)}`);
  const preconditions = preconditionsOf(item['preconditions']);
  if (isRejection(preconditions)) return preconditions;
  const aim = aimOf(verb, item, options);
  if (isRejection(aim)) return aim;
  const command = commandOf(verb, item, aim, options.fieldValidation);
  if (isRejection(command)) return command;
  return { item: { command: command.command, preconditions }, warnings: command.warnings };
}

type Aim = ItemCommand['target'] & { readonly rejected?: never };

/** What an item is about: told by its object, or where it carries none by its target. */
function aimOf(verb: ItemVerb, item: JsonObject, options: DecodeOptions): Aim | Rejection {
  const carrier = verb === 'patch' || verb === 'delete' ? 'target' : 'object';
  const given = item[carrier];
  if (!isJsonObject(given)) return badRequest(`${verb} needs ${carrier === 'target' ? 'a target' : 'an object'}`);
  const place = carrier === 'target' ? given : given['metadata'];
  if (!isJsonObject(place)) return badRequest(`${carrier}.metadata: Required value`);
  const { apiVersion, kind } = given;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') {
    return badRequest(`${carrier}.apiVersion and ${carrier}.kind say what it is; both are required`);
  }
  const slash = apiVersion.indexOf('/');
  const group = slash < 0 ? '' : apiVersion.slice(0, slash);
  const definition = options.findKind(group, apiVersion.slice(slash + 1), kind);
  if (definition === undefined) return badRequest(`no kind ${JSON.stringify(kind)} is known in version ${apiVersion}`);
  const subresource = item['subresource'] ?? '';
  if (typeof subresource !== 'string' || !hasSubresource(definition, subresource, verb)) {
    return badRequest(`${definition.resource} have no subresource ${JSON.stringify(subresource)} for ${verb} here`);
  }
  const { name = '', namespace: said = '' } = place;
  if (typeof name !== 'string' || typeof said !== 'string') return badRequest('name and namespace are texts');
  const generated = verb === 'create' && typeof place['generateName'] === 'string';
  if (name === '' && !generated) return badRequest(`${carrier}: a name is required`);
  const namespace = definition.namespaced && said === '' ? options.namespace : said;
  if (definition.namespaced && namespace === '') return badRequest(`${kind} ${name}: a namespace is required`);
  if (!definition.namespaced && namespace !== '') return badRequest(`${kind} ${name} is in no namespace`);
  return { definition, namespace, name, subresource };
}

function hasSubresource(definition: ResourceDefinition, subresource: string, verb: ItemVerb): boolean {
  if (subresource === '') return true;
  if (!SUBRESOURCES.includes(subresource)) return false;
  const found = definition.subresources.find((one) => one.name === subresource);
  return found?.verbs.some((one) => one === verb) ?? false;
}

interface DecodedCommand {
  readonly rejected?: never;
  readonly command: ItemCommand;
  readonly warnings: readonly string[];
}

function commandOf(
  verb: ItemVerb,
  item: JsonObject,
  target: Aim,
  fieldValidation: FieldValidation,
): DecodedCommand | Rejection {
  switch (verb) {
    case 'create':
    case 'update':
    case 'apply': {
      const decoded = objectOf(item['object'], target, fieldValidation);
      if (isRejection(decoded)) return decoded;
      const { object, warnings } = decoded;
      if (verb !== 'apply') return { command: { type: verb, target, object }, warnings };
      return { command: { type: verb, target, object, fieldValidation }, warnings };
    }
    case 'patch': {
      const { patch, patchType = 'merge', force = false } = item;
      const type = PATCH_TYPES.find((one) => one === patchType);
      if (type === undefined) return badRequest(`patchType is to be one of ${PATCH_TYPES.join(', ')}`);
      if (type === 'json' ? !Array.isArray(patch) : !isJsonObject(patch)) return badRequest('patch is no such patch');
      if (typeof force !== 'boolean') return badRequest('force is true or false');
      const document = patch as JsonValue;
      return {
        command: { type: 'patch', target, patchType: type, patch: document, fieldValidation, force },
        warnings: [],
      };
    }
    case 'delete': {
      const given = item['options'] ?? {};
      if (!isJsonObject(given)) return badRequest('options are DeleteOptions');
      const asked = checkedOptions(given);
      if (isRejection(asked)) return asked;
      if (asked.dryRun) return badRequest('a dry run is asked for of the whole transaction');
      return { command: { type: 'delete', target, options: asked.options }, warnings: [] };
    }
    default:
      return assertNever(verb);
  }
}

function objectOf(
  given: JsonValue | undefined,
  { definition, namespace, subresource }: Aim,
  fieldValidation: FieldValidation,
): { readonly rejected?: never; readonly object: KubeObject; readonly warnings: readonly string[] } | Rejection {
  const decoded = decodeObject({
    bytes: Buffer.from(JSON.stringify(given)),
    mediaType: 'application/json',
    definition: expectedKind(definition, subresource),
    fieldValidation,
  });
  if (isRejection(decoded) || namespace === '') return decoded;
  const metadata = { ...decoded.object.metadata, namespace } as KubeObject['metadata'];
  return { ...decoded, object: { ...decoded.object, metadata } };
}

function preconditionsOf(given: JsonValue | undefined): (Preconditions & { readonly rejected?: never }) | Rejection {
  if (given === undefined) return {};
  if (!isJsonObject(given)) return badRequest('preconditions are an object');
  const unknown = unknownMember(given, ['exists', 'uid', 'resourceVersion']);
  if (unknown !== undefined) return badRequest(`there is no precondition ${JSON.stringify(unknown)}`);
  const { exists, uid, resourceVersion } = given;
  if (exists !== undefined && typeof exists !== 'boolean') return badRequest('preconditions.exists is true or false');
  if (uid !== undefined && typeof uid !== 'string') return badRequest('preconditions.uid is a text');
  if (resourceVersion !== undefined && typeof resourceVersion !== 'string') {
    return badRequest('preconditions.resourceVersion is a text');
  }
  return {
    ...(exists === undefined ? {} : { exists }),
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
  };
}

function unknownMember(object: JsonObject, known: readonly string[]): string | undefined {
  return Object.keys(object).find((name) => !known.includes(name));
}
