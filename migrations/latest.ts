/** The newest of `migrations`: a name of its own, because the migrations themselves are large to load. */
export const LATEST_MIGRATION = '0007-chapter-names';
