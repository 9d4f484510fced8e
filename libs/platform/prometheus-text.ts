import type { MetricFamily } from './metrics.ts';

export const PROMETHEUS_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** Metrics in Prometheus' text format, version 0.0.4. */
export function prometheusText(families: readonly MetricFamily[]): string {
  const lines: string[] = [];
  for (const family of families) {
    const { name, help, type, labels, bounds } = family;
    lines.push(`# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}`, `# TYPE ${name} ${type}`);
    for (const { values, value, counts } of family.samples) {
      const pairs = labels.map((label, at) => `${label}="${escaped(values[at] ?? '')}"`);
      if (counts === undefined) {
        lines.push(`${name}${braced(pairs)} ${numberText(value)}`);
        continue;
      }
      let cumulative = 0;
      for (const [at, count] of counts.entries()) {
        cumulative += count;
        lines.push(`${name}_bucket${braced([...pairs, `le="${numberText(bounds[at] ?? Infinity)}"`])} ${cumulative}`);
      }
      lines.push(`${name}_sum${braced(pairs)} ${numberText(value)}`, `${name}_count${braced(pairs)} ${cumulative}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

function braced(pairs: readonly string[]): string {
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

function numberText(value: number): string {
  if (value === Infinity) return '+Inf';
  return value === -Infinity ? '-Inf' : String(value);
}
