import { readSettings, type Settings } from '../../src/config/load.ts'
import { type Declared, openDeclared } from '../../src/declared/declared.ts'
import { systemRandom } from '../../src/kernel/random.ts'
import { openEmbeddedStore } from '../../src/store/embedded/store.ts'
import type { Store } from '../../src/store/port.ts'
import { FakeClock } from '../support/fake-clock.ts'

export const hash = `sha256:${'ab'.repeat(32)}`
export const keyId = '0123456789abcdef'

export const file = {
  tenants: [{ id: 'acme' }, { id: 'other', status: 'suspended' }],
  policies: [{ id: 'us', regions: ['US'], homeRegion: 'US' }],
  numbers: [{ tenant: 'acme', number: '+12125550100' }],
  carriers: [{ id: 'c1', gateways: [{ id: 'g1', host: '192.0.2.1' }] }],
  keys: [
    { id: keyId, tenant: 'acme', policy: 'us', allowedSources: ['192.0.2.0/24'], secretHash: hash },
  ],
}

export function settingsFrom(tree: object): Settings {
  const result = readSettings({ text: JSON.stringify(tree), environment: {} })
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  return result.settings
}

/** What is declared by a file, over a store in memory. */
export async function declaredBy(
  tree: object = file,
): Promise<AsyncDisposable & { store: Store; declared: Declared; clock: FakeClock }> {
  const clock = new FakeClock()
  const settings = settingsFrom(tree)
  const { directory } = settings
  const options = { path: ':memory:', clock, random: systemRandom(), directory }
  const store = await openEmbeddedStore(options)
  const declared = openDeclared({ settings, store, clock })
  return { store, declared, clock, [Symbol.asyncDispose]: () => store[Symbol.asyncDispose]() }
}
