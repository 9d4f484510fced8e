/** As much of the transactions API's answer as is printed. */
export interface TransactionAnswer {
  readonly metadata: { readonly resourceVersion: string };
  readonly items: readonly TransactionItemAnswer[];
}

export interface TransactionItemAnswer {
  readonly result: string;
  readonly warnings?: readonly string[];
  readonly object: {
    readonly kind: string;
    readonly apiVersion: string;
    readonly metadata: { readonly name: string };
  };
}

/** `deployment.apps/web configured`, as kubectl prints it. */
export function resultLine({ object, result }: TransactionItemAnswer, dryRun: boolean): string {
  const [group = '', version] = object.apiVersion.split('/');
  const kind = object.kind.toLowerCase();
  const qualified = version === undefined ? kind : `${kind}.${group}`;
  return `${qualified}/${object.metadata.name} ${result}${dryRun ? ' (server dry run)' : ''}`;
}

interface Status {
  readonly message?: string;
  readonly details?: { readonly causes?: readonly { readonly field?: string; readonly message?: string }[] };
}

/** The refusal of a transaction with one line for each refused item. */
export function refusalText(status: number, body: string): string {
  const refusal = statusOf(body);
  const message = refusal?.message ?? `the server answered ${status}`;
  const causes = (refusal?.details?.causes ?? []).filter(({ field = '' }) => /^items\[\d+\]$/.test(field));
  if (causes.length < 2) return message;
  return [message, ...causes.map(({ field, message: why }) => `  ${field}: ${why}`)].join('\n');
}

function statusOf(body: string): Status | undefined {
  try {
    return JSON.parse(body) as Status;
  } catch {
    // Something between us and the server answered in its own words.
    return undefined;
  }
}
