import type { PodTemplate } from '../../generated/types.ts';
import { dns1123Subdomain } from '../../syntax/names.ts';
import { validatePodTemplate } from '../../validation/workload.ts';
import { labelsText } from '../cells.ts';
import { NAME, narrow } from '../columns.ts';
import { defaultPodTemplate } from '../pod/defaults.ts';
import { templateWarnings } from '../pod/warnings.ts';
import { rulesOf } from '../strategy.ts';
import { containerImages, containerNames } from '../workload-cells.ts';
import { isNews } from '../workload-warnings.ts';

export const podTemplateColumns = [
  NAME,
  narrow('Containers', 'Names of the containers in the template'),
  narrow('Images', 'Images in the template'),
  narrow('Pod Labels', 'Labels of its pods'),
] as const;

export const podTemplateRules = rulesOf<PodTemplate>({
  metadata: { namespaced: true, name: dns1123Subdomain },
  defaults(template) {
    defaultPodTemplate((template.template ??= {}));
  },
  generation: true,
  validate: (template) => validatePodTemplate(template.template ?? {}, 'template'),
  warnings: (template, previous) => (isNews(template, previous) ? templateWarnings(template.template, 'template') : []),
  cells: (template) => [
    template.metadata?.name ?? '',
    containerNames(template.template?.spec),
    containerImages(template.template?.spec),
    labelsText(template.template?.metadata?.labels),
  ],
});
