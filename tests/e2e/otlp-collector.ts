import { appendFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A span as it was exported. */
export interface ExportedSpan {
  readonly component: string;
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  /** '' for the root of a trace. */
  readonly parentSpanId: string;
  readonly startNanos: bigint;
  readonly endNanos: bigint;
  readonly failed: boolean;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  /** Ids of the spans it names beside its parent. */
  readonly links: readonly string[];
}

/** An OTLP/HTTP collector that keeps what it is sent. */
export interface OtlpCollector {
  readonly endpoint: string;
  readonly spans: readonly ExportedSpan[];
  /** Names of the metrics that came, by component. */
  readonly metrics: ReadonlyMap<string, ReadonlySet<string>>;
  close(): Promise<void>;
}

interface Value {
  readonly stringValue?: string;
  readonly intValue?: string | number;
  readonly doubleValue?: number;
  readonly boolValue?: boolean;
}
type Attributes = readonly { readonly key: string; readonly value: Value }[];

interface TraceBody {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: Attributes };
    readonly scopeSpans: readonly { readonly spans: readonly WireSpan[] }[];
  }[];
}

interface WireSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: Attributes;
  readonly links?: readonly { readonly spanId: string }[];
  readonly status?: { readonly code?: number };
}

interface MetricsBody {
  readonly resourceMetrics: readonly {
    readonly resource: { readonly attributes: Attributes };
    readonly scopeMetrics: readonly { readonly metrics: readonly { readonly name: string }[] }[];
  }[];
}

/** Starts a collector on the loopback address; each span is also a line of `file`. */
export async function otlpCollector(file: string): Promise<OtlpCollector> {
  const spans: ExportedSpan[] = [];
  const metrics = new Map<string, Set<string>>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
      if (request.url === '/v1/traces') {
        const exported = readSpans(body as TraceBody);
        spans.push(...exported);
        for (const span of exported) appendFileSync(file, `${lineOf(span)}\n`);
      } else if (request.url === '/v1/metrics') {
        noteMetrics(metrics, body as MetricsBody);
      }
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    spans,
    metrics,
    close() {
      const closed = Promise.withResolvers<void>();
      server.close(() => closed.resolve());
      server.closeAllConnections();
      return closed.promise;
    },
  };
}

function readSpans({ resourceSpans }: TraceBody): readonly ExportedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => ({
        component: String(readAttributes(resource.attributes)['service.name']),
        name: span.name,
        traceId: span.traceId,
        spanId: span.spanId,
        parentSpanId: span.parentSpanId ?? '',
        startNanos: BigInt(span.startTimeUnixNano),
        endNanos: BigInt(span.endTimeUnixNano),
        failed: span.status?.code === 2,
        attributes: readAttributes(span.attributes),
        links: (span.links ?? []).map(({ spanId }) => spanId),
      })),
    ),
  );
}

function readAttributes(attributes: Attributes): Readonly<Record<string, string | number | boolean>> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => [
      key,
      value.stringValue ?? value.boolValue ?? value.doubleValue ?? Number(value.intValue),
    ]),
  );
}

function noteMetrics(known: Map<string, Set<string>>, { resourceMetrics }: MetricsBody): void {
  for (const { resource, scopeMetrics } of resourceMetrics) {
    const component = String(readAttributes(resource.attributes)['service.name']);
    const names = known.get(component) ?? new Set();
    known.set(component, names);
    for (const { name } of scopeMetrics.flatMap((scope) => scope.metrics)) names.add(name);
  }
}

function lineOf(span: ExportedSpan): string {
  return JSON.stringify(span, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
}
