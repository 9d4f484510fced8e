import type { FieldError } from '../../field-error.ts';
import type { Event as KubeEvent } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { qualifiedName } from '../../syntax/labels.ts';
import { dns1123Subdomain } from '../../syntax/names.ts';
import { invalid, invalids, required } from '../../validation/field.ts';

const TEXT_CHARACTERS = 128;
const MESSAGE_CHARACTERS = 1024;

/** An Event lives in the namespace of what it is about; one with `eventTime` also says who acted and how. */
export function validateEvent(event: Given<KubeEvent>): readonly FieldError[] {
  const isNew = typeof event.eventTime === 'string';
  const namespace = event.metadata?.namespace ?? '';
  return [
    ...validateNamespaces(event, isNew),
    ...(isNew ? validateReport(event) : []),
    ...invalids('namespace', namespace, dns1123Subdomain(namespace)),
  ];
}

/** Events about cluster-scoped objects live in `default`, new ones also in `kube-system`. */
function validateNamespaces(event: Given<KubeEvent>, isNew: boolean): readonly FieldError[] {
  const about = event.involvedObject?.namespace ?? '';
  const namespace = event.metadata?.namespace ?? '';
  const allowed = isNew ? ['default', 'kube-system'] : ['default', ''];
  const agree = about === '' ? allowed.includes(namespace) : isNew || about === namespace;
  return agree ? [] : [invalid('involvedObject.namespace', about, 'does not match event.namespace')];
}

function validateReport(event: Given<KubeEvent>): readonly FieldError[] {
  const { reportingComponent = '', reportingInstance = '', action = '', reason = '', message = '' } = event;
  return [
    ...(reportingComponent === '' ? [required('reportingController')] : []),
    ...invalids('reportingController', reportingComponent, qualifiedName(reportingComponent)),
    ...validateText('reportingInstance', reportingInstance),
    ...validateText('action', action),
    ...validateText('reason', reason),
    ...atMost('message', message, MESSAGE_CHARACTERS),
  ];
}

function validateText(field: string, text: string): readonly FieldError[] {
  return text === '' ? [required(field)] : atMost(field, text, TEXT_CHARACTERS);
}

function atMost(field: string, text: string, maximum: number): readonly FieldError[] {
  return text.length <= maximum ? [] : [invalid(field, '', `can have at most ${maximum} characters`)];
}
