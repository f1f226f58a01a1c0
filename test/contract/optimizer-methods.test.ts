import { createBayesianSearch } from '../../optimizers/bayesian.ts'
import { createGridSearch } from '../../optimizers/grid-search.ts'
import { createRandomSearch } from '../../optimizers/random-search.ts'
import { describeOptimizerContract } from './optimizer.contract.ts'

describeOptimizerContract('random search', createRandomSearch)
describeOptimizerContract('Bayesian search', createBayesianSearch)
describeOptimizerContract('grid search', createGridSearch, { isFiniteOnly: true })
describeOptimizerContract(
  'shuffled grid search',
  (options) => createGridSearch({ ...options, order: 'shuffle' }),
  {
    isFiniteOnly: true,
  },
)
