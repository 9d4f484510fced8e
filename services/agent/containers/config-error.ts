/** The pod asks for something that is not there (yet): shown as CreateContainerConfigError, and tried again. */
export class ContainerConfigError extends Error {
  override readonly name = 'ContainerConfigError';
}
