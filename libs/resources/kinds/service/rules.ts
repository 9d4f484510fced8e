import type { Service } from '../../generated/types.ts';
import { dns1035Label } from '../../syntax/names.ts';
import { rulesOf } from '../strategy.ts';
import { defaultFamilies, defaultService, pairClusterIps } from './defaults.ts';
import { serviceCells } from './table.ts';
import { prepareServiceUpdate } from './update.ts';
import { validateService } from './validate.ts';
import { validateServiceStatus, validateServiceUpdate } from './validate-update.ts';
import { serviceWarnings } from './warnings.ts';

export const serviceRules = rulesOf<Service>({
  metadata: { namespaced: true, name: dns1035Label },
  defaults: defaultService,
  initialStatus: () => ({ loadBalancer: {} }),
  prepareForCreate(service) {
    const spec = (service.spec ??= {});
    pairClusterIps(spec);
    defaultFamilies(spec);
  },
  prepareForUpdate(next, previous, subresource) {
    if (subresource === '') prepareServiceUpdate(next, previous);
  },
  validate: validateService,
  changesFirst: true,
  validateUpdate: validateServiceUpdate,
  validateStatus: validateServiceStatus,
  warnings: serviceWarnings,
  selectable: {
    'spec.clusterIP': (service) => service.spec?.clusterIP ?? '',
    'spec.type': (service) => service.spec?.type ?? '',
  },
  cells: serviceCells,
});
