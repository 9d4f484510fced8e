/** A volume cannot be prepared (yet): shown as a FailedMount event, and tried again. */
export class VolumeError extends Error {
  override readonly name = 'VolumeError';
}
