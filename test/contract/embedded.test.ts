import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemRandom } from '../../src/kernel/random.ts'
import { openEmbeddedStore, openShared } from '../../src/store/embedded/store.ts'
import { entriesContract } from './entries-contract.ts'
import { limiterContract } from './limiter-contract.ts'
import { type OpenNodes, sharedContract } from './shared-contract.ts'

const nobody = { tenants: [], keys: [], policies: [], carriers: [] }

limiterContract('the embedded store', (clock) =>
  openEmbeddedStore({ path: ':memory:', clock, random: systemRandom(), directory: nobody }),
)

const openNodes: OpenNodes = async (clock, keys) => {
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-shared-'))
  const directory = { ...nobody, keys }
  const options = { path: join(folder, 'store.sqlite'), clock, random: systemRandom(), directory }
  const stack = new AsyncDisposableStack()
  stack.defer(() => rmSync(folder, { recursive: true, force: true }))
  let one = await openEmbeddedStore(options)
  stack.defer(() => one[Symbol.asyncDispose]())
  const restart = async () => {
    await one[Symbol.asyncDispose]()
    one = await openEmbeddedStore(options)
    return one
  }
  const other = openShared(options, stack)
  return { one, other, restart, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

sharedContract('the embedded store', openNodes)
entriesContract('the embedded store', openNodes)
