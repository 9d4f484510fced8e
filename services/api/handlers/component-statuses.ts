import { isRejection, notFound, type Rejection } from '@taffrail/machinery/rejection';
import type { JsonObject } from '@taffrail/resources/json';
import { componentStatusColumns } from '@taffrail/resources/kinds/answered';
import { answerValue } from '../http/answer.ts';
import type { Offer } from '../http/negotiation.ts';
import type { ServedCall } from './context.ts';
import type { HealthCheck } from './health.ts';
import { representationOf } from './representation.ts';
import { warnOfDeprecation } from './warnings.ts';

const OFFER: Offer = Object.freeze<Offer>({ shapes: ['object', 'table'], watch: false });
const KIND = { group: '', version: 'v1', kind: 'ComponentStatus' } as const;

/** Answers `componentstatuses`: what readiness rests on, each as a component. */
export function answerComponentStatuses(call: ServedCall, checks: readonly HealthCheck[]): Rejection | undefined {
  const { exchange, request } = call;
  warnOfDeprecation(exchange, KIND);
  const representation = representationOf(exchange, request.query, OFFER);
  if (isRejection(representation)) return representation;
  const single = request.name !== '';
  const components = checks.filter(({ name }) => !single || name === request.name).map(componentOf);
  const [first] = components;
  if (single && first === undefined) {
    return notFound({ group: '', resource: 'componentstatuses', name: request.name });
  }
  const asObject = single && representation.shape !== 'table' && first !== undefined;
  const value = asObject
    ? { kind: KIND.kind, apiVersion: 'v1', ...objectOf(first) }
    : listOf(components, representation.shape === 'table');
  answerValue(exchange, 200, representation, value);
  return undefined;
}

interface Component {
  readonly name: string;
  readonly failure: string | undefined;
}

function componentOf({ name, check }: HealthCheck): Component {
  return { name, failure: check() };
}

function objectOf({ name, failure }: Component): JsonObject {
  const told = failure === undefined ? { status: 'True', message: 'ok' } : { status: 'False', error: failure };
  return { metadata: { name }, conditions: [{ type: 'Healthy', ...told }] };
}

function listOf(components: readonly Component[], table: boolean): JsonObject {
  if (!table) {
    return { kind: 'ComponentStatusList', apiVersion: 'v1', metadata: {}, items: components.map(objectOf) };
  }
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: {},
    columnDefinitions: componentStatusColumns.map((column) => ({ ...column })),
    rows: components.map((component) => ({
      cells: [
        component.name,
        component.failure === undefined ? 'Healthy' : 'Unhealthy',
        component.failure === undefined ? 'ok' : '',
        component.failure ?? '',
      ],
      object: {
        kind: 'PartialObjectMetadata',
        apiVersion: 'meta.k8s.io/v1',
        metadata: { name: component.name },
      },
    })),
  };
}
