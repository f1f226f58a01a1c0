import { createCurveStoppingRule } from '../../optimizers/curve-stopping.ts'
import { createHyperbandRule } from '../../optimizers/hyperband-quantile.ts'
import { createMedianStopping } from '../../optimizers/median-stopping.ts'
import { createSuccessiveHalving } from '../../optimizers/successive-halving.ts'
import { describeStoppingRuleContract } from './stopping-rule.contract.ts'

describeStoppingRuleContract('hyperband, strict', () =>
  createHyperbandRule({ bands: [1, 2, 5, 11], eta: 2, isStrict: true }),
)
describeStoppingRuleContract('hyperband, not strict', () =>
  createHyperbandRule({ bands: [2, 6, 18], eta: 3, isStrict: false }),
)
describeStoppingRuleContract('successive halving', () =>
  createSuccessiveHalving({ eta: 2, firstRung: 1, minRuns: 3 }),
)
describeStoppingRuleContract('median', () => createMedianStopping({ factor: 2, firstRung: 2, minRuns: 3 }))
describeStoppingRuleContract('curve', () => createCurveStoppingRule({ factor: 2, firstRung: 1, minRuns: 3 }))
