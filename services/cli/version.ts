/** The version of this program; the manifests hold the same. */
export const VERSION = '0.1.0';
