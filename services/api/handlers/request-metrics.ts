import type { Clock } from '@taffrail/platform/clock';
import type { Counter, Gauge, Histogram, Metrics } from '@taffrail/platform/metrics';
import type { ResourceDefinition } from '@taffrail/resources/definition';
import type { ParsedRequest, ResourceRequest } from '../http/parsed-request.ts';

/** Kubernetes' own bounds, and finer ones below them. Seconds. */
const DURATION_BOUNDS = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.5, 2, 3, 5, 10, 30, 60,
];

const LABELS = ['verb', 'group', 'version', 'resource', 'subresource', 'scope', 'component'];

/** What the server counts of its requests, under Kubernetes' names and labels. */
export class RequestMetrics {
  readonly #clock: Clock;
  readonly #total: Counter;
  readonly #durations: Histogram;
  readonly #inFlight: Gauge;
  readonly #open = { mutating: 0, readOnly: 0 };

  constructor(metrics: Metrics, clock: Clock) {
    this.#clock = clock;
    const total = 'Requests by verb, resource and status.';
    this.#total = metrics.counter('apiserver_request_total', total, [...LABELS, 'code']);
    this.#durations = metrics.histogram(
      'apiserver_request_duration_seconds',
      'Time from the request line to the answer, watches left out.',
      DURATION_BOUNDS,
      LABELS,
    );
    const open = 'Requests being answered.';
    this.#inFlight = metrics.gauge('apiserver_current_inflight_requests', open, ['request_kind']);
    metrics.beforeCollect(() => {
      this.#inFlight.set(this.#open.mutating, 'mutating');
      this.#inFlight.set(this.#open.readOnly, 'readOnly');
    });
  }

  /** Counts a request in; the returned function counts it out with its status. */
  begin(
    method: string,
    request: ParsedRequest | undefined,
    definition: ResourceDefinition | undefined,
  ): (status: number) => void {
    const kind = method === 'GET' || method === 'HEAD' ? 'readOnly' : 'mutating';
    this.#open[kind]++;
    const startMs = this.#clock.monotonicMs();
    return (status) => {
      this.#open[kind]--;
      const values = labelsOf(method, request, definition);
      this.#total.add(1, ...values, String(status));
      // How long a watch lasts is the client's choice and says nothing.
      if (values[0] !== 'WATCH') this.#durations.observe((this.#clock.monotonicMs() - startMs) / 1000, ...values);
    };
  }
}

/** Names are counted only where we know them, so that clients cannot make up series. */
function labelsOf(
  method: string,
  request: ParsedRequest | undefined,
  definition: ResourceDefinition | undefined,
): readonly string[] {
  if (request?.type !== 'resource' || definition === undefined) {
    return [KNOWN_METHODS.has(method) ? method : 'other', '', '', '', '', '', COMPONENT];
  }
  const { group, version, resource, subresources } = definition;
  const subresource = subresources.some(({ name }) => name === request.subresource) ? request.subresource : '';
  return [verbOf(method, request), group, version, resource, subresource, scopeOf(request), COMPONENT];
}

const COMPONENT = 'apiserver';
const KNOWN_METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** Kubernetes names reads by what they mean and writes by their method. */
function verbOf(method: string, { verb }: ResourceRequest): string {
  if (verb === 'list' || verb === 'watch' || verb === 'deletecollection') return verb.toUpperCase();
  return KNOWN_METHODS.has(method) ? method : 'other';
}

function scopeOf({ name, namespace, verb }: ResourceRequest): string {
  if (name !== '' || verb === 'create') return 'resource';
  return namespace === '' ? 'cluster' : 'namespace';
}
