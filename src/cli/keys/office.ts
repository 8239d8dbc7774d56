import { basename, join } from 'node:path'
import type { Settings } from '../../config/load.ts'
import { type Declared, openDeclared } from '../../declared/declared.ts'
import type { Key, KeyId } from '../../domain/key.ts'
import { systemClock } from '../../kernel/clock.ts'
import { Failure } from '../../kernel/failure.ts'
import { silentLogger } from '../../kernel/logger.ts'
import { systemRandom } from '../../kernel/random.ts'
import { createDigestAuth, type DigestAuth } from '../../keys/digest.ts'
import { type MasterKey, readMasterKey } from '../../keys/master-key.ts'
import { type OpenBooks, openBooks, storeOptions } from '../../store/open.ts'
import { word } from '../line/values.ts'
import { settingsIn } from '../settings-in.ts'

/** The key that a command is about. */
export const keyArgument = { type: word('<id>'), help: 'The key, by its id.' } as const

/** Where keys are kept: the settings that a gate runs with, and the books it reads. */
export interface Office {
  /** With everything that was changed while gates run. */
  readonly settings: Settings
  /** As the file has them. */
  readonly file: Settings
  readonly declared: Declared
  readonly books: OpenBooks
  readonly clock: ReturnType<typeof systemClock>
  readonly random: ReturnType<typeof systemRandom>
  /** Undefined where no master key is set: then no key gets a digest password. */
  readonly digest: DigestAuth | undefined
  readonly masterKey: MasterKey | undefined
}

/** Opens the books of the gate with these settings, and closes them again after `use`; `files`: `filesOption`. */
export async function inOffice<Result>(
  config: string | undefined,
  use: (office: Office) => Promise<Result>,
  files?: string,
): Promise<Result> {
  const file = settingsIn(config)
  const { values, directory } = file
  const clock = systemClock()
  const random = systemRandom()
  const masterText = values['credentials.masterKey']
  const masterKey = masterText && readMasterKey(masterText)
  const realm = values['credentials.realm']
  const algorithms = values['credentials.digestAlgorithms']
  const digest = masterKey && createDigestAuth({ masterKey, realm, algorithms, clock, random })
  const around = { clock, random, directory, logger: silentLogger }
  await using books = await openBooks(storeOptions(values, around))
  const declared = openDeclared({ settings: file, store: books, clock, placeOf: placeIn(files) })
  const office = { file, declared, books, clock, random, digest, masterKey }
  return await use({
    ...office,
    get settings() {
      const settings = declared.settings()
      books.redeclare(settings.directory)
      return settings
    },
  })
}

/** Where this machine has the files of lists: in one folder by their names, or at their paths. */
function placeIn(folder: string | undefined): ((path: string) => string) | undefined {
  return folder === undefined ? undefined : (path) => join(folder, basename(path))
}

/** The key of that public id; a failure where there is none. */
export async function keyIn({ books }: Office, id: string): Promise<Key> {
  const key = (await books.keys.allKeys()).find((one) => one.id === (id as KeyId))
  if (!key) throw new Failure('not_found', `no key has the id ${id}`)
  return key
}
