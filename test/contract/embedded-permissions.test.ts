import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { EmbeddedPermissions } from '../../src/store/embedded/permissions.ts'
import { permissionContract } from './permission-contract.ts'

permissionContract('the embedded store', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-permissions-'))
  const path = join(folder, 'store.permissions')
  const stack = new AsyncDisposableStack()
  stack.defer(() => rmSync(folder, { recursive: true, force: true }))
  let one = new EmbeddedPermissions(path)
  stack.defer(() => one[Symbol.dispose]())
  const other = stack.use(new EmbeddedPermissions(path))
  const restart = async () => {
    one[Symbol.dispose]()
    one = new EmbeddedPermissions(path)
    return one
  }
  return { one, other, restart, [Symbol.asyncDispose]: () => stack.disposeAsync() }
})

test('a file that cannot be used stops the start', () => {
  expect(() => new EmbeddedPermissions('/dev/null/nowhere')).toThrow('cannot be opened')
})
