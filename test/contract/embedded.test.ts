import { systemRandom } from '../../src/kernel/random.ts'
import { openEmbeddedStore } from '../../src/store/embedded/store.ts'
import { limiterContract } from './limiter-contract.ts'

limiterContract('the embedded store', (clock) =>
  openEmbeddedStore({
    path: ':memory:',
    clock,
    random: systemRandom(),
    directory: { tenants: [], keys: [], policies: [], carriers: [] },
  }),
)
