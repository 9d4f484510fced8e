import type { FieldError } from '../../field-error.ts';
import type { FlowSchema, PriorityLevelConfiguration } from '../../generated/types.ts';
import { dns1123Subdomain } from '../../syntax/names.ts';
import { child, duplicate, index, required } from '../../validation/field.ts';
import { age } from '../cells.ts';
import { AGE, NAME, narrow } from '../columns.ts';
import { nullTimes } from '../null-times.ts';
import { rulesOf } from '../strategy.ts';
import { validateFlowSchema } from './flow-schema.ts';
import { validatePriorityLevel } from './priority-level.ts';

const UNKNOWN = '<none>';

/** Each condition has a type of its own. */
function validateTypes(conditions: readonly { readonly type?: string | undefined }[]): readonly FieldError[] {
  const types = conditions.map(({ type = '' }) => type);
  return types.flatMap((type, at) => {
    const path = child(index('status.conditions', at), 'type');
    return [...(types.indexOf(type) < at ? [duplicate(path, type)] : []), ...(type === '' ? [required(path)] : [])];
  });
}

export const flowSchemaColumns = [
  NAME,
  narrow('PriorityLevel', 'The level its requests are served at'),
  narrow('MatchingPrecedence', 'Which schema counts first; lower goes first'),
  narrow('DistinguisherMethod', 'What makes requests flows of their own'),
  AGE,
  narrow('MissingPL', 'Whether its priority level does not exist'),
] as const;

export const flowSchemaRules = rulesOf<FlowSchema>({
  metadata: { namespaced: false, name: dns1123Subdomain },
  defaults(schema) {
    const spec = (schema.spec ??= {});
    if ((spec.matchingPrecedence ?? 0) === 0) spec.matchingPrecedence = 1000;
    schema.status ??= {};
    nullTimes(schema.status.conditions, 'lastTransitionTime');
  },
  initialStatus: () => ({}),
  statusAlone: true,
  generation: true,
  validate: validateFlowSchema,
  validateStatus: ({ status }) => validateTypes(status?.conditions ?? []),
  cells: ({ metadata, spec, status }) => [
    metadata?.name ?? '',
    spec?.priorityLevelConfiguration?.name ?? '',
    String(spec?.matchingPrecedence ?? 0),
    spec?.distinguisherMethod?.type ?? UNKNOWN,
    age(metadata),
    status?.conditions?.find((one) => one.type === 'Dangling')?.status ?? '?',
  ],
});

export const priorityLevelColumns = [
  NAME,
  narrow('Type', 'Whether it is limited or exempt'),
  narrow('NominalConcurrencyShares', 'Its share of what runs at once'),
  narrow('Queues', 'How many queues it has'),
  narrow('HandSize', 'How many queues a flow may use'),
  narrow('QueueLengthLimit', 'How many requests wait in a queue'),
  AGE,
] as const;

export const priorityLevelRules = rulesOf<PriorityLevelConfiguration>({
  metadata: { namespaced: false, name: dns1123Subdomain },
  defaults(level) {
    const { limited, exempt } = (level.spec ??= {});
    if (limited !== undefined) {
      limited.nominalConcurrencyShares ??= 30;
      limited.lendablePercent ??= 0;
      const queuing = limited.limitResponse?.queuing;
      if (queuing !== undefined) {
        queuing.queues = queuing.queues || 64;
        queuing.handSize = queuing.handSize || 8;
        queuing.queueLengthLimit = queuing.queueLengthLimit || 50;
      }
    }
    if (exempt !== undefined) {
      exempt.nominalConcurrencyShares ??= 0;
      exempt.lendablePercent ??= 0;
    }
    level.status ??= {};
    nullTimes(level.status.conditions, 'lastTransitionTime');
  },
  initialStatus: () => ({}),
  statusAlone: true,
  generation: true,
  validate: validatePriorityLevel,
  validateStatus: ({ status }) => validateTypes(status?.conditions ?? []),
  cells: ({ metadata, spec }) => {
    const queuing = spec?.limited?.limitResponse?.queuing;
    const shares = spec?.limited?.nominalConcurrencyShares ?? spec?.exempt?.nominalConcurrencyShares;
    const text = (value: number | undefined): string => (value === undefined ? UNKNOWN : String(value));
    return [
      metadata?.name ?? '',
      spec?.type ?? '',
      text(shares),
      text(queuing?.queues),
      text(queuing?.handSize),
      text(queuing?.queueLengthLimit),
      age(metadata),
    ];
  },
});
