/** Metrics of one component as it serves them, for reading single figures out. */
export interface ReadMetrics {
  /** The sum of a metric's series whose labels hold all of `labels`; undefined where there are none. */
  sum(name: string, labels?: Readonly<Record<string, string>>): number | undefined;
  largest(name: string, labels?: Readonly<Record<string, string>>): number | undefined;
}

interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Reads Prometheus' text format as our components write it. Lines that are none of its are passed over. */
export function readMetrics(text: string): ReadMetrics {
  const series = new Map<string, Series[]>();
  for (const line of text.split('\n')) {
    const [, name, pairs = '', value = ''] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    if (name === undefined) continue;
    const labels = Object.fromEntries(
      [...pairs.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, label = '', text = '']) => [label, text]),
    );
    const known = series.get(name);
    if (known === undefined) series.set(name, [{ labels, value: Number(value) }]);
    else known.push({ labels, value: Number(value) });
  }
  const select = (name: string, wanted: Readonly<Record<string, string>> = {}): readonly number[] =>
    (series.get(name) ?? [])
      .filter(({ labels }) => Object.entries(wanted).every(([label, value]) => labels[label] === value))
      .map(({ value }) => value);
  return {
    sum(name, labels) {
      const values = select(name, labels);
      return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0);
    },
    largest(name, labels) {
      const values = select(name, labels);
      return values.length === 0 ? undefined : Math.max(...values);
    },
  };
}
