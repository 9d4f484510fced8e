import { decodePatched } from '@taffrail/machinery/decode/decode-patch';
import { patchSchemaOf } from '@taffrail/machinery/patch/type-patch-schema';
import type { StateMachineOptions } from '@taffrail/state/open-state-machine';
import { expectedKind } from './handlers/expected-kind.ts';

/** What the state machine needs of the API's schemas: how patches are applied, and how their outcome is read. */
export function decideSettings(): Required<Pick<StateMachineOptions, 'patchSchema' | 'readPatched'>> {
  return {
    patchSchema: (definition) => patchSchemaOf(definition.schema),
    readPatched: (document, { definition, subresource }, fieldValidation, beside) =>
      decodePatched(document, expectedKind(definition, subresource), fieldValidation, beside),
  };
}
