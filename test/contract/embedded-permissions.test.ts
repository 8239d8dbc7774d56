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

test('opt-outs are kept in one step: another process sees all of them or none', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-permissions-'))
  using _folder = { [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) }
  const path = join(folder, 'store.permissions')
  using one = new EmbeddedPermissions(path)
  using other = new EmbeddedPermissions(path)
  const optOut = { tenantId: undefined, scope: 'all', atMs: 0, source: 'list' } as const
  const good = { ...optOut, e164: '+14155550100' }
  const broken = { ...optOut, e164: null as unknown as string }
  await expect(one.addOptOuts([good, broken])).rejects.toThrow('NOT NULL')
  expect(await other.optOutsOf(undefined, good.e164)).toEqual([])
  expect(await one.addOptOuts([good, { ...good, e164: '+14155550101' }])).toHaveLength(2)
  expect(await other.optOutsOf(undefined, good.e164)).toHaveLength(1)
})
