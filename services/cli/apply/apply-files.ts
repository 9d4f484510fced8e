import { httpApiClient } from '@taffrail/controller/http-api-client';
import { readKubeconfig } from '@taffrail/pki/kubeconfig';
import { systemClock } from '@taffrail/platform/clock';
import type { JsonObject } from '@taffrail/resources/json';
import { askApi } from '../ask-api.ts';
import { readManifests } from './manifests.ts';
import { resultLine, type TransactionAnswer } from './transaction-answer.ts';

export interface ApplyRequest {
  readonly kubeconfig: string;
  readonly files: readonly string[];
  readonly recursive: boolean;
  readonly namespace: string;
  readonly dryRun: boolean;
  readonly output: 'text' | 'json';
  readonly signal: AbortSignal;
}

/** Applies the objects of files in one transaction and prints what became of each. Throws OperatingError with the refusal. */
export async function applyFiles(request: ApplyRequest): Promise<void> {
  const { kubeconfig, dryRun, output, signal } = request;
  const objects = await readManifests(request.files, request.recursive, process.stdin);
  const client = httpApiClient({
    endpoint: await readKubeconfig(kubeconfig),
    clock: systemClock,
    userAgent: 'taffrail/0.1',
  });
  try {
    const query = new URLSearchParams({ namespace: request.namespace, fieldManager: 'taffrail-apply' });
    if (dryRun) query.set('dryRun', 'All');
    const body = JSON.stringify({
      kind: 'Transaction',
      apiVersion: 'taffrail.dev/v1',
      items: objects.map((object: JsonObject) => ({ verb: 'apply', object })),
    });
    const path = `/apis/taffrail.dev/v1/transactions?${query.toString()}`;
    const { body: text } = await askApi(async () => {
      return await client.request('POST', path, body, { 'content-type': 'application/json' }, signal);
    }, signal);
    const answer = JSON.parse(text.toString()) as TransactionAnswer;
    for (const item of answer.items) {
      for (const warning of item.warnings ?? []) console.error(`Warning: ${warning}`);
      if (output === 'text') console.log(resultLine(item, dryRun));
    }
    if (output === 'json') console.log(JSON.stringify(answer));
  } finally {
    client.close();
  }
}
