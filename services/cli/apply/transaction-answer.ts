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
