import { messageOf } from '@taffrail/platform/failure';
import type { Clock } from '@taffrail/platform/clock';
import { SECONDS_BOUNDS, type Metrics } from '@taffrail/platform/metrics';
import { parseTraceparent } from '@taffrail/platform/traceparent';
import type { Span, Tracer } from '@taffrail/platform/tracer';
import type { HttpRequest } from './http-exchange.ts';

/** Counts and traces a client's requests. */
export interface ClientObserver {
  /** Runs one exchange; the request it hands on carries the trace of the client's own span. */
  exchange<Answer extends { readonly status: number }>(
    request: HttpRequest,
    send: (request: HttpRequest) => Promise<Answer>,
  ): Promise<Answer>;
}

/** Counts under the names of client-go. Requests that belong to a recorded trace have a span of their own in it. */
export function clientObserver(metrics: Metrics, tracer: Tracer, clock: Clock, host: string): ClientObserver {
  const total = metrics.counter('rest_client_requests_total', 'Requests to the API server by status.', [
    'code',
    'method',
    'host',
  ]);
  const duration = metrics.histogram(
    'rest_client_request_duration_seconds',
    'Time from sending a request until its answer was read.',
    SECONDS_BOUNDS,
    ['verb', 'host'],
  );
  const begin = ({ method, path, headers }: HttpRequest): Span | undefined => {
    const { traceparent = '' } = headers;
    if (!tracer.on || parseTraceparent(traceparent)?.sampled !== true) return undefined;
    const span = tracer.begin(method, 'client', traceparent);
    span.set('http.request.method', method);
    span.set('url.path', path);
    span.set('server.address', host);
    return span;
  };
  return {
    async exchange(request, send) {
      const startMs = clock.monotonicMs();
      const span = begin(request);
      const traced =
        span === undefined ? request : { ...request, headers: { ...request.headers, traceparent: span.traceparent } };
      try {
        const answer = await send(traced);
        total.add(1, String(answer.status), request.method, host);
        duration.observe((clock.monotonicMs() - startMs) / 1000, request.method, host);
        span?.set('http.response.status_code', answer.status);
        if (answer.status >= 400) span?.fail(`answered ${answer.status}`);
        return answer;
      } catch (error) {
        total.add(1, '<error>', request.method, host);
        span?.fail(messageOf(error));
        throw error;
      } finally {
        span?.end();
      }
    },
  };
}
