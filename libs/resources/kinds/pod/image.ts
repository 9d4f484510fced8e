/** How an image reference names its version. */
export interface ImageVersion {
  /** '' when the reference has none. */
  readonly tag: string;
  /** '' when the reference has none. */
  readonly digest: string;
}

/** Splits the tag and digest off an image reference; a colon before the last slash belongs to a registry's port. */
export function imageVersion(reference: string): ImageVersion {
  const [name = '', digest = ''] = reference.split('@');
  const last = name.slice(name.lastIndexOf('/') + 1);
  const colon = last.indexOf(':');
  return { tag: colon < 0 ? '' : last.slice(colon + 1), digest };
}

/** Images whose version may move are pulled always: those tagged `latest` or not at all. */
export function defaultPullPolicy(reference: string): 'Always' | 'IfNotPresent' {
  if (reference === '') return 'IfNotPresent';
  const { tag, digest } = imageVersion(reference);
  return tag === 'latest' || (tag === '' && digest === '') ? 'Always' : 'IfNotPresent';
}
