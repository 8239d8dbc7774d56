import type { CredentialParts } from '../admission/credential-parts.ts'
import type { Settings } from '../config/load.ts'
import { openStore, storeOptions } from '../store/open.ts'
import { mintFresh } from './credentials.ts'
import { openCatalogue } from './follow.ts'
import type { House } from './house.ts'

/** The store, with the keys that are minted for this run, and what is declared as it now counts. */
export async function openBooks(house: House, settings: Settings, credentials: CredentialParts) {
  const { values, clock, random, logger, stack } = house
  const { directory: declared } = settings
  const minted = declared.freshKeys.map((fresh) => mintFresh(fresh, random, credentials))
  const directory = { ...declared, keys: [...declared.keys, ...minted.map(({ key }) => key)] }
  const around = { clock, random, logger, directory }
  const store = stack.use(await openStore(storeOptions(values, around)))
  const fresh = new Map(minted.map(({ name, key }) => [name, key]))
  return { store, minted, catalogue: openCatalogue(house, settings, store, fresh) }
}
