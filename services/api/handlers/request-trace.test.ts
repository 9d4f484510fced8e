import { describe, expect, test } from 'vitest';
import { systemClock } from '@taffrail/platform/clock';
import { recordingTracer, someTraceparent } from '@taffrail/platform/testing/recording-tracer';
import { noTracer } from '@taffrail/platform/tracer';
import { SCHEDULER_USER } from '../auth/identity.ts';
import { parseRequest } from '../http/parsed-request.ts';
import { FakeExchange } from '../testing/fake-exchange.ts';
import { RequestTrace } from './request-trace.ts';

const SENT = someTraceparent(7);

function traced(user: string, method: string, url: string, tracer = recordingTracer()) {
  const exchange = new FakeExchange({ method, url, headers: { traceparent: SENT, 'taffrail-cause': '2048' } });
  const trace = new RequestTrace(tracer.tracer, systemClock);
  const request = parseRequest(method, exchange.path, exchange.query);
  if (request === undefined) throw new Error(`${url} is a path`);
  trace.begin(exchange, { name: user, groups: [] }, request);
  return { trace, span: tracer.spans[0], count: tracer.spans.length };
}

describe('the span of a request', () => {
  test('continues the trace of a component, and says what it names as its cause', () => {
    const { trace, span } = traced(SCHEDULER_USER, 'POST', '/api/v1/namespaces/d/pods/p/binding');
    expect(span).toMatchObject({ name: 'create pods/binding', kind: 'server', parent: SENT });
    expect(span?.attributes.get('taffrail.cause')).toBe('2048');
    expect(trace.traceparent).toBe(span?.traceparent);
    trace.end(201);
    expect(span).toMatchObject({ ended: true, failure: undefined });
  });

  test('of anyone else begins a trace: the client’s own is a link, and its word about causes is not taken', () => {
    const { span } = traced('jane', 'PATCH', '/api/v1/namespaces/d/pods/p');
    expect(span).toMatchObject({ name: 'patch pods', parent: '', links: [SENT] });
    expect(span?.attributes.has('taffrail.cause')).toBe(false);
  });

  test('fails with an answer of 500 and above, and not with a refusal', () => {
    const failed = traced('jane', 'GET', '/api/v1/pods');
    failed.trace.end(503);
    expect(failed.span?.failure).toBe('answered 503');
    const refused = traced('jane', 'GET', '/api/v1/pods');
    refused.trace.end(404);
    expect(refused.span?.failure).toBeUndefined();
  });

  test('is not made for a watch, nor when nothing is recorded', () => {
    expect(traced('jane', 'GET', '/api/v1/pods?watch=1').count).toBe(0);
    const trace = new RequestTrace(noTracer, systemClock);
    expect(trace.traceparent).toBe('');
  });
});
