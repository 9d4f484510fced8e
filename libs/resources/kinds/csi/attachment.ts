import type { FieldError } from '../../field-error.ts';
import type { VolumeError, VolumeAttachment, VolumeAttachmentSource } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { dns1123Subdomain } from '../../syntax/names.ts';
import { validateDriverName } from '../../validation/csi-driver-name.ts';
import { child, forbidden, invalid, invalids, type Path, required, tooLong } from '../../validation/field.ts';
import { validateInlineVolume } from './inline-volume.ts';

const METADATA_BYTES = 256 * 1024;
const MESSAGE_BYTES = 1024;
const MAXIMUM_CODE = 2 ** 31 - 1;
const ONE_SOURCE = 'must specify exactly one of inlineVolumeSpec and persistentVolumeName';

export function validateAttachment(attachment: Given<VolumeAttachment>): readonly FieldError[] {
  const { attacher = '', source = {}, nodeName = '' } = attachment.spec ?? {};
  return [
    ...(attacher === '' ? [required('spec.attacher')] : []),
    ...validateSource(source, 'spec.source'),
    ...invalids('spec.nodeName', nodeName, dns1123Subdomain(nodeName)),
    ...validateAttachmentStatus(attachment),
  ];
}

function validateSource(source: Given<VolumeAttachmentSource>, path: Path): readonly FieldError[] {
  const { inlineVolumeSpec, persistentVolumeName } = source;
  if (persistentVolumeName === undefined) {
    if (inlineVolumeSpec === undefined) return [required(path, ONE_SOURCE)];
    return validateInlineVolume(inlineVolumeSpec, child(path, 'inlineVolumeSpec'));
  }
  if (inlineVolumeSpec !== undefined) return [forbidden(path, ONE_SOURCE)];
  if (persistentVolumeName !== '') return [];
  return [required(child(path, 'persistentVolumeName'), 'must specify non empty persistentVolumeName')];
}

/** What was not always checked, and is of new attachments only. */
export function validateNewAttachment({ spec }: Given<VolumeAttachment>): readonly FieldError[] {
  const volume = spec?.source?.persistentVolumeName;
  return [
    ...validateDriverName(spec?.attacher ?? '', 'spec.attacher'),
    ...(volume === undefined ? [] : invalids('spec.source.persistentVolumeName', volume, dns1123Subdomain(volume))),
  ];
}

export function validateAttachmentStatus({ status }: Given<VolumeAttachment>): readonly FieldError[] {
  const { attachmentMetadata = {}, attachError, detachError } = status ?? {};
  const bytes = Object.entries(attachmentMetadata).reduce(
    (total, [name, value = '']) => total + Buffer.byteLength(name) + Buffer.byteLength(value),
    0,
  );
  return [
    ...(bytes > METADATA_BYTES ? [tooLong('status.attachmentMetadata', METADATA_BYTES)] : []),
    ...validateError(attachError ?? {}, 'status.attachError'),
    ...validateError(detachError ?? {}, 'status.detachError'),
  ];
}

function validateError({ message = '', errorCode = 0 }: Given<VolumeError>, path: Path): readonly FieldError[] {
  const errors: FieldError[] = [];
  // Kubernetes names the bound of the metadata here.
  if (Buffer.byteLength(message) > MESSAGE_BYTES) errors.push(tooLong(child(path, 'message'), METADATA_BYTES));
  if (errorCode < 0) {
    const detail = `must be between 0 and ${MAXIMUM_CODE}, inclusive`;
    errors.push(invalid(child(path, 'errorCode'), errorCode, detail));
  }
  return errors;
}
