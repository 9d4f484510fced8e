import { assertNever } from '@taffrail/platform/assert';
import { metadataEnd } from '@taffrail/log/metadata-end';
import { encodeObject, spliceResourceVersion } from '@taffrail/log/object-bytes';
import { storageOf, type Conversion } from '@taffrail/resources/conversion';
import type { ResourceDefinition } from '@taffrail/resources/definition';
import { isRejection } from '@taffrail/machinery/rejection';
import type { KubeObject } from '@taffrail/resources/object';
import type { Change } from './change.ts';
import type { Command, ItemCommand, TransactionCommand } from './command.ts';
import type { AcceptedObject, Outcome } from './outcome.ts';
import type { ChangeListener } from './ring.ts';
import type { StateMachine } from './state-machine.ts';
import type { StoredObject } from './stored-object.ts';

/**
 * A state machine that speaks every version of a resource. Inside there is one form, the stored one: what goes in is turned
 * into it, what comes out is turned into what was asked for. Resources of one version pass untouched.
 */
export function convertingMachine(machine: StateMachine): StateMachine {
  return Object.freeze<StateMachine>({
    ...machine,
    async submit(command, request, signal) {
      if (command.type === 'transaction') {
        const outcome = await machine.submit(storedTransaction(command), request, signal);
        return convertedTransaction(outcome, command);
      }
      const { definition } = command.target;
      const outcome = await machine.submit(storedCommand(command), request, signal);
      return definition.conversion === undefined ? outcome : convertedOutcome(outcome, definition.conversion);
    },
    get(definition, namespace, name) {
      const found = machine.get(storageOf(definition), namespace, name);
      return found === undefined ? undefined : converted(found, definition);
    },
    list(definition, namespace) {
      const found = machine.list(storageOf(definition), namespace);
      return definition.conversion === undefined ? found : found.map((object) => converted(object, definition));
    },
    revision: (definition) => machine.revision(storageOf(definition)),
    isNewest: (definition) => machine.isNewest(storageOf(definition)),
    confirm: async (definition, signal) => {
      await machine.confirm(storageOf(definition), signal);
    },
    oldest: (definition) => machine.oldest(storageOf(definition)),
    waitFor: async (definition, at, signal) => {
      await machine.waitFor(storageOf(definition), at, signal);
    },
    subscribe: (definition, after, listener) =>
      machine.subscribe(storageOf(definition), after, convertingListener(listener, definition)),
  });
}

/** A patch is applied to what its client sees, so `decide` is told the version; everything else is turned around here. */
function storedCommand(command: Command): Command {
  const { definition: served } = command.target;
  const { conversion } = served;
  if (conversion === undefined) return command;
  const target = { ...command.target, definition: conversion.storage };
  switch (command.type) {
    case 'create':
    case 'update':
      // Who owns its fields owns those of the version it speaks.
      return { ...command, target: { ...target, served }, object: conversion.toStorage(command.object) };
    case 'patch':
      return { ...command, target: { ...target, served } };
    case 'delete':
      return { ...command, target };
    case 'delete-collection':
      // Fields are selected by the names they have in the version that was asked.
      return { ...command, target: { ...target, served } };
    default:
      return assertNever(command);
  }
}

function storedTransaction(command: TransactionCommand): TransactionCommand {
  return { ...command, items: command.items.map((item) => ({ ...item, command: storedItem(item.command) })) };
}

function storedItem(command: ItemCommand): ItemCommand {
  const { definition: served } = command.target;
  if (served.conversion === undefined) return command;
  const target = { ...command.target, definition: served.conversion.storage };
  switch (command.type) {
    case 'create':
    case 'update':
      return { ...command, target: { ...target, served }, object: served.conversion.toStorage(command.object) };
    case 'patch':
    case 'apply':
      // What was applied last is kept in the version it was applied in, so an apply is computed there, like a patch.
      return { ...command, target: { ...target, served } };
    case 'delete':
      return { ...command, target };
    default:
      return assertNever(command);
  }
}

function convertedTransaction(outcome: Outcome, { items }: TransactionCommand): Outcome {
  if (isRejection(outcome) || outcome.items === undefined) return outcome;
  return {
    ...outcome,
    items: outcome.items.map((item, index) => {
      const conversion = items[index]?.command.target.definition.conversion;
      return conversion === undefined ? item : { ...item, object: shownBy(conversion)(item.object) };
    }),
  };
}

function shownBy(conversion: Conversion): (accepted: AcceptedObject) => AcceptedObject {
  return (accepted) => {
    const object = (): KubeObject => conversion.fromStorage(accepted.object());
    return { revision: accepted.revision, object, body: () => Buffer.from(JSON.stringify(object())) };
  };
}

function convertedOutcome(outcome: Outcome, conversion: Conversion): Outcome {
  if (isRejection(outcome)) return outcome;
  const shown = shownBy(conversion);
  if (outcome.objects !== undefined) return { ...outcome, objects: outcome.objects.map(shown) };
  return { ...outcome, object: shown(outcome.object) };
}

function convertingListener(listener: ChangeListener, definition: ResourceDefinition): ChangeListener {
  if (definition.conversion === undefined) return listener;
  const shown = (change: Change): Change => ({
    ...change,
    current: converted(change.current, definition),
    previous: change.previous === undefined ? undefined : converted(change.previous, definition),
  });
  const { onProgress } = listener;
  return {
    onChanges: (changes) => listener.onChanges(changes.map(shown)),
    ...(onProgress === undefined ? {} : { onProgress: (at) => listener.onProgress?.(at) }),
  };
}

/** What was converted once is kept as long as its object: all watchers of a version share it. */
const known = new WeakMap<StoredObject, Map<ResourceDefinition, StoredObject>>();

/** An object as a version of its resource shows it. */
export function converted(object: StoredObject, definition: ResourceDefinition): StoredObject {
  if (definition.conversion === undefined) return object;
  const versions = known.get(object) ?? new Map<ResourceDefinition, StoredObject>();
  known.set(object, versions);
  const found = versions.get(definition) ?? new ConvertedObject(object, definition, definition.conversion);
  versions.set(definition, found);
  return found;
}

class ConvertedObject implements StoredObject {
  readonly #object: StoredObject;
  readonly #definition: ResourceDefinition;
  readonly #conversion: Conversion;
  #contents: KubeObject | undefined;
  #stored: Buffer | undefined;
  #body: Buffer | undefined;

  constructor(object: StoredObject, definition: ResourceDefinition, conversion: Conversion) {
    this.#object = object;
    this.#definition = definition;
    this.#conversion = conversion;
  }

  get key(): StoredObject['key'] {
    return this.#object.key;
  }

  get uid(): StoredObject['uid'] {
    return this.#object.uid;
  }

  get revision(): StoredObject['revision'] {
    return this.#object.revision;
  }

  get createdRevision(): StoredObject['createdRevision'] {
    return this.#object.createdRevision;
  }

  get labels(): StoredObject['labels'] {
    return this.#object.labels;
  }

  get owners(): StoredObject['owners'] {
    return this.#object.owners;
  }

  get deleting(): boolean {
    return this.#object.deleting;
  }

  get fields(): StoredObject['fields'] {
    return this.#definition.rules.selectableFields(this.contents());
  }

  get stored(): Buffer {
    return (this.#stored ??= encodeObject(this.contents()));
  }

  contents(): KubeObject {
    return (this.#contents ??= this.#conversion.fromStorage(this.#object.contents()));
  }

  glance(): KubeObject {
    return this.#contents ?? this.#conversion.fromStorage(this.#object.glance());
  }

  metadataEnd(): number {
    return metadataEnd(this.stored);
  }

  object(): KubeObject {
    return this.#conversion.fromStorage(this.#object.object());
  }

  body(): Buffer {
    return (this.#body ??= spliceResourceVersion(this.stored, this.revision));
  }
}
