import type { Scale } from '../../generated/types.ts';
import type { KubeObject } from '../../object.ts';
import { age } from '../cells.ts';
import { AGE, NAME, narrow } from '../columns.ts';

/** How a Scale is shown: no resource of its own, so what its tables need stands alone. */
export const scaleTable = Object.freeze({
  columns: [
    NAME,
    narrow('Desired', 'How many pods there should be', 'integer'),
    narrow('Available', 'How many there are', 'integer'),
    AGE,
  ],
  rules: {
    tableCells(object: KubeObject) {
      const { metadata, spec, status } = object as KubeObject & Partial<Scale>;
      return [metadata.name ?? '', spec?.replicas ?? 0, status?.replicas ?? 0, age(metadata)];
    },
  },
});
