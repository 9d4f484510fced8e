import type { Clock } from '@taffrail/platform/clock';
import { isTraceparent } from '@taffrail/platform/traceparent';
import type { Span, Tracer } from '@taffrail/platform/tracer';
import { isComponent, type User } from '../auth/identity.ts';
import type { Exchange } from '../http/exchange.ts';
import type { ParsedRequest } from '../http/parsed-request.ts';
import { CAUSE_HEADER } from './cause.ts';

/**
 * The span of one request. It begins when it is known who asks, because that decides whose trace it belongs to: one of our
 * own components continues the trace of the event it acts on; anyone else's request starts a trace, which names the
 * client's own as a link, so that no client can write into the trace of another. Health checks, refused credentials and
 * watches leave no span.
 */
export class RequestTrace {
  readonly #tracer: Tracer;
  readonly #startMs: number;
  #span: Span | undefined;

  constructor(tracer: Tracer, clock: Clock) {
    this.#tracer = tracer;
    this.#startMs = tracer.on ? clock.nowMs() : 0;
  }

  /** What a write's events say of their trace; '' when nothing is recorded. */
  get traceparent(): string {
    return this.#span?.traceparent ?? '';
  }

  begin(exchange: Exchange, user: User, request: ParsedRequest): void {
    if (!this.#tracer.on || request.verb === 'watch') return;
    const sent = exchange.header('traceparent') ?? '';
    const above = isTraceparent(sent) ? sent : '';
    const component = isComponent(user);
    const span = this.#tracer.begin(nameOf(request), 'server', component ? above : '', this.#startMs);
    if (!component) span.link(above);
    span.set('http.request.method', exchange.method);
    span.set('url.path', exchange.path);
    span.set('enduser.id', user.name);
    span.set('user_agent.original', exchange.header('user-agent') ?? '');
    const cause = component ? exchange.header(CAUSE_HEADER) : undefined;
    if (cause !== undefined) span.set('taffrail.cause', cause);
    this.#span = span;
  }

  end(status: number): void {
    const span = this.#span;
    if (span === undefined) return;
    span.set('http.response.status_code', status);
    if (status >= 500) span.fail(`answered ${status}`);
    span.end();
  }
}

/** `patch pods/status`; of other paths the method alone, because their number has no bound. */
function nameOf(request: ParsedRequest): string {
  if (request.type !== 'resource') return request.verb;
  const { verb, resource, subresource } = request;
  return subresource === '' ? `${verb} ${resource}` : `${verb} ${resource}/${subresource}`;
}
