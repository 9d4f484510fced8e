import { canonicalQuantity } from '../syntax/quantity.ts';

/** Rewrites each quantity of a resource list the way Kubernetes stores it; what is no quantity stays for the decoder to refuse. */
export function canonicalQuantities(list: Record<string, string | undefined> | undefined): void {
  if (list === undefined) return;
  for (const [name, text] of Object.entries(list)) {
    if (text !== undefined) list[name] = canonicalQuantity(text) ?? text;
  }
}
