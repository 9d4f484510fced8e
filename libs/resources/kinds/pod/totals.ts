import type { Container, Pod, PodSpec } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { parseQuantity, type Quantity } from '../../syntax/quantity.ts';

/** Exact amounts by resource name. */
export type Totals = Readonly<Record<string, Quantity>>;

/** What a pod requests, and what its limits come to. */
export function podTotals(pod: Given<Pod>): { readonly requests: Totals; readonly limits: Totals } {
  return { requests: totalOf(pod, 'requests'), limits: totalOf(pod, 'limits') };
}

/**
 * What the pod itself asks for goes before what its containers do; its overhead comes on top, for limits only where
 * there is one.
 */
function totalOf({ spec = {} }: Given<Pod>, list: 'requests' | 'limits'): Totals {
  const whole = { ...containerTotals(spec, list), ...ofThePod(parsed(spec.resources?.[list])) };
  const overhead = parsed(spec.overhead);
  if (list === 'requests') return plus(whole, overhead);
  return plus(whole, Object.fromEntries(Object.entries(overhead).filter(([name]) => (whole[name]?.nanos ?? 0n) > 0n)));
}

/**
 * All that runs at one time at the worst: the containers with the sidecars, or one of the containers that run before
 * them with the sidecars started until then.
 */
export function containerTotals(spec: Given<PodSpec>, list: 'requests' | 'limits'): Totals {
  let sidecars: Totals = {};
  let starting: Totals = {};
  for (const container of spec.initContainers ?? []) {
    const amounts = amountsOf(container, list);
    if (container.restartPolicy === 'Always') {
      sidecars = plus(sidecars, amounts);
      starting = atLeast(starting, sidecars);
    } else {
      starting = atLeast(starting, plus(sidecars, amounts));
    }
  }
  const running = (spec.containers ?? []).reduce<Totals>((sum, one) => plus(sum, amountsOf(one, list)), sidecars);
  return atLeast(running, starting);
}

/** What may be asked for a pod as a whole. */
function ofThePod(amounts: Totals): Totals {
  const isSupported = (name: string): boolean => name === 'cpu' || name === 'memory' || name.startsWith('hugepages-');
  return Object.fromEntries(Object.entries(amounts).filter(([name]) => isSupported(name)));
}

function amountsOf(container: Given<Container>, list: 'requests' | 'limits'): Totals {
  return parsed(container.resources?.[list]);
}

/** A resource list, without what is no quantity. */
export function parsed(list: Readonly<Record<string, string | undefined>> | undefined): Totals {
  const amounts: Record<string, Quantity> = {};
  for (const [name, text] of Object.entries(list ?? {})) {
    const quantity = text === undefined ? undefined : parseQuantity(text);
    if (quantity !== undefined) amounts[name] = quantity;
  }
  return amounts;
}

/** The sums, by name. A sum is written like its first part that is not zero. */
export function plus(left: Totals, right: Totals): Totals {
  const sums: Record<string, Quantity> = { ...left };
  for (const [name, amount] of Object.entries(right)) {
    const before = sums[name];
    const format = before === undefined || before.nanos === 0n ? amount.format : before.format;
    sums[name] = { nanos: (before?.nanos ?? 0n) + amount.nanos, format };
  }
  return sums;
}

function atLeast(left: Totals, right: Totals): Totals {
  const most: Record<string, Quantity> = { ...left };
  for (const [name, amount] of Object.entries(right)) {
    const before = most[name];
    if (before === undefined || amount.nanos > before.nanos) most[name] = amount;
  }
  return most;
}
