import type { FieldError } from '../../field-error.ts';
import type {
  MutatingWebhookConfiguration,
  RuleWithOperations,
  ValidatingWebhook,
  ValidatingWebhookConfiguration,
} from '../../generated/types.ts';
import type { Draft, Given } from '../../given.ts';
import { dns1123Subdomain } from '../../syntax/names.ts';
import {
  child,
  duplicate,
  index,
  invalid,
  invalids,
  notSupported,
  type Path,
  required,
} from '../../validation/field.ts';
import { validateLabelSelector } from '../../validation/selector.ts';
import { age } from '../cells.ts';
import { AGE, NAME, narrow } from '../columns.ts';
import { rulesOf } from '../strategy.ts';

const MAXIMUM_TIMEOUT_SECONDS = 30;
const OPERATIONS: readonly string[] = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE'];

type Webhook = ValidatingWebhook;

function defaultWebhook(webhook: Draft<Webhook>): void {
  webhook.failurePolicy ??= 'Fail';
  webhook.matchPolicy ??= 'Equivalent';
  webhook.namespaceSelector ??= {};
  webhook.objectSelector ??= {};
  webhook.timeoutSeconds ??= 10;
  if (webhook.clientConfig?.service !== undefined) webhook.clientConfig.service.port ??= 443;
  for (const rule of webhook.rules ?? []) rule.scope ??= '*';
}

function validateWebhooks(webhooks: readonly Given<Webhook>[]): readonly FieldError[] {
  const seen = new Set<string>();
  return webhooks.flatMap((webhook, at) => {
    const path = index('webhooks', at);
    const { name = '' } = webhook;
    const errors = [...validateWebhook(webhook, path)];
    if (seen.has(name)) errors.push(duplicate(child(path, 'name'), name));
    seen.add(name);
    return errors;
  });
}

function validateWebhook(webhook: Given<Webhook>, path: Path): readonly FieldError[] {
  const { name = '', sideEffects, timeoutSeconds, admissionReviewVersions = [], clientConfig = {} } = webhook;
  const errors: FieldError[] = [];
  const namePath = child(path, 'name');
  if (name === '') errors.push(required(namePath));
  else if (dns1123Subdomain(name).length > 0) errors.push(...invalids(namePath, name, dns1123Subdomain(name)));
  else if (name.split('.').length < 3) {
    errors.push(invalid(namePath, name, 'should be a domain with at least three segments separated by dots'));
  }
  const versions = child(path, 'admissionReviewVersions');
  if (admissionReviewVersions.length === 0) errors.push(required(versions, 'must specify one of v1, v1beta1'));
  else if (!admissionReviewVersions.some((version) => version === 'v1' || version === 'v1beta1')) {
    const shown = { goSyntax: `[]string{${admissionReviewVersions.map((one) => JSON.stringify(one)).join(', ')}}` };
    errors.push(invalid(versions, shown, 'must include at least one of v1, v1beta1'));
  }
  errors.push(...(webhook.rules ?? []).flatMap((rule, at) => validateRule(rule, index(child(path, 'rules'), at))));
  for (const [field, allowed] of [
    ['failurePolicy', ['Fail', 'Ignore']],
    ['matchPolicy', ['Equivalent', 'Exact']],
  ] as const) {
    const value = webhook[field];
    if (value !== undefined && !allowed.some((one) => one === value)) {
      errors.push(notSupported(child(path, field), value, allowed));
    }
  }
  const effects = ['None', 'NoneOnDryRun'];
  const effectsPath = child(path, 'sideEffects');
  if (sideEffects === undefined || sideEffects === '') {
    errors.push(required(effectsPath, `must specify one of ${effects.join(', ')}`));
  } else if (!effects.includes(sideEffects)) errors.push(notSupported(effectsPath, sideEffects, effects));
  if (timeoutSeconds !== undefined && (timeoutSeconds < 1 || timeoutSeconds > MAXIMUM_TIMEOUT_SECONDS)) {
    const detail = `the timeout value must be between 1 and ${MAXIMUM_TIMEOUT_SECONDS} seconds`;
    errors.push(invalid(child(path, 'timeoutSeconds'), timeoutSeconds, detail));
  }
  errors.push(...validateLabelSelector(webhook.namespaceSelector, child(path, 'namespaceSelector')));
  errors.push(...validateLabelSelector(webhook.objectSelector, child(path, 'objectSelector')));
  const { url, service } = clientConfig;
  const configPath = child(path, 'clientConfig');
  if ((url === undefined) === (service === undefined)) {
    errors.push(required(configPath, 'exactly one of url or service is required'));
  } else if (service !== undefined) {
    if ((service.name ?? '') === '')
      errors.push(required(child(configPath, 'service', 'name'), 'service name is required'));
    if ((service.namespace ?? '') === '') {
      errors.push(required(child(configPath, 'service', 'namespace'), 'service namespace is required'));
    }
  } else if (!/^https:\/\/[^/]+/.test(url ?? '')) {
    errors.push(
      invalid(
        child(configPath, 'url'),
        url,
        "'https' is the only allowed URL scheme; desired format: https://host[/path]",
      ),
    );
  }
  return errors;
}

function validateRule(rule: Given<RuleWithOperations>, path: Path): readonly FieldError[] {
  const errors: FieldError[] = [];
  for (const field of ['operations', 'apiGroups', 'apiVersions', 'resources'] as const) {
    if ((rule[field] ?? []).length === 0) errors.push(required(child(path, field)));
  }
  for (const [at, operation] of (rule.operations ?? []).entries()) {
    if (!OPERATIONS.includes(operation)) {
      errors.push(notSupported(index(child(path, 'operations'), at), operation, OPERATIONS));
    }
  }
  const scopes = ['*', 'Cluster', 'Namespaced'];
  if (rule.scope !== undefined && !scopes.includes(rule.scope)) {
    errors.push(notSupported(child(path, 'scope'), rule.scope, scopes));
  }
  return errors;
}

export const webhookConfigurationColumns = [NAME, narrow('Webhooks', 'How many it has', 'integer'), AGE] as const;

export const validatingWebhookConfigurationRules = rulesOf<ValidatingWebhookConfiguration>({
  metadata: { namespaced: false, name: dns1123Subdomain },
  defaults(configuration) {
    for (const webhook of configuration.webhooks ?? []) defaultWebhook(webhook);
  },
  generation: true,
  validate: ({ webhooks }) => validateWebhooks(webhooks ?? []),
  cells: ({ metadata, webhooks }, nowMs) => [metadata?.name ?? '', webhooks?.length ?? 0, age(metadata, nowMs)],
});

export const mutatingWebhookConfigurationRules = rulesOf<MutatingWebhookConfiguration>({
  metadata: { namespaced: false, name: dns1123Subdomain },
  defaults(configuration) {
    for (const webhook of configuration.webhooks ?? []) {
      defaultWebhook(webhook);
      webhook.reinvocationPolicy ??= 'Never';
    }
  },
  generation: true,
  validate: ({ webhooks }) => validateWebhooks(webhooks ?? []),
  cells: ({ metadata, webhooks }, nowMs) => [metadata?.name ?? '', webhooks?.length ?? 0, age(metadata, nowMs)],
});
