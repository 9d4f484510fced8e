import type { FieldError } from '../../field-error.ts';
import type {
  MutatingWebhook,
  MutatingWebhookConfiguration,
  ValidatingWebhook,
  ValidatingWebhookConfiguration,
} from '../../generated/types.ts';
import type { Draft, Given } from '../../given.ts';
import { dns1035Label, dns1123Subdomain } from '../../syntax/names.ts';
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
import { goStrings } from '../../validation/go-syntax.ts';
import { validateLabelSelector } from '../../validation/selector.ts';
import { age } from '../cells.ts';
import { AGE, NAME, narrow } from '../columns.ts';
import { rulesOf } from '../strategy.ts';
import { validateAdmissionRule } from './admission-rules.ts';
import { validateClientConfig } from './client-config.ts';
import { validateMatchConditions } from './match-conditions.ts';

const MAXIMUM_TIMEOUT_SECONDS = 30;

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
    errors.push(
      ...validateReviewVersions(webhook.admissionReviewVersions ?? [], child(path, 'admissionReviewVersions')),
    );
    if (name !== '' && seen.has(name)) errors.push(duplicate(child(path, 'name'), name));
    seen.add(name);
    return errors;
  });
}

function validateWebhook(webhook: Given<Webhook>, path: Path): readonly FieldError[] {
  const { name = '', sideEffects, timeoutSeconds, clientConfig = {} } = webhook;
  const errors: FieldError[] = [];
  const namePath = child(path, 'name');
  if (name === '') errors.push(required(namePath));
  else if (dns1123Subdomain(name).length > 0) errors.push(invalid(namePath, name, dns1123Subdomain(name).join(',')));
  else if (name.split('.').length < 3) {
    errors.push(invalid(namePath, name, 'should be a domain with at least three segments separated by dots'));
  }
  errors.push(
    ...(webhook.rules ?? []).flatMap((rule, at) => validateAdmissionRule(rule, index(child(path, 'rules'), at))),
  );
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
  errors.push(...validateReinvocation(webhook, path));
  return [
    ...errors,
    ...validateClientConfig(clientConfig, child(path, 'clientConfig')),
    ...validateMatchConditions(webhook.matchConditions ?? [], child(path, 'matchConditions')),
  ];
}

function validateReviewVersions(versions: readonly string[], path: Path): readonly FieldError[] {
  if (versions.length === 0) return [required(path, 'must specify one of v1, v1beta1')];
  const errors = versions.flatMap((version, at) =>
    versions.indexOf(version) < at
      ? [invalid(index(path, at), version, 'duplicate version')]
      : invalids(index(path, at), version, dns1035Label(version)),
  );
  if (versions.some((version) => version === 'v1' || version === 'v1beta1')) return errors;
  return [...errors, invalid(path, goStrings(versions), 'must include at least one of v1, v1beta1')];
}

const REINVOCATIONS: readonly string[] = ['IfNeeded', 'Never'];

/** Whether a mutating webhook is called again after others changed the object; the others have no such field. */
function validateReinvocation(webhook: Given<Webhook>, path: Path): readonly FieldError[] {
  const { reinvocationPolicy: policy } = webhook as Given<MutatingWebhook>;
  if (policy === undefined || REINVOCATIONS.includes(policy)) return [];
  return [notSupported(child(path, 'reinvocationPolicy'), policy, REINVOCATIONS)];
}

export const webhookConfigurationColumns = [NAME, narrow('Webhooks', 'How many it has', 'integer'), AGE] as const;

export const validatingWebhookConfigurationRules = rulesOf<ValidatingWebhookConfiguration>({
  metadata: { namespaced: false, name: dns1123Subdomain },
  defaults(configuration) {
    for (const webhook of configuration.webhooks ?? []) defaultWebhook(webhook);
  },
  generation: true,
  validate: ({ webhooks }) => validateWebhooks(webhooks ?? []),
  cells: ({ metadata, webhooks }) => [metadata?.name ?? '', webhooks?.length ?? 0, age(metadata)],
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
  cells: ({ metadata, webhooks }) => [metadata?.name ?? '', webhooks?.length ?? 0, age(metadata)],
});
