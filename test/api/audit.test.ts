import { afterAll, beforeAll, expect, test } from 'vitest'
import { readEntries } from '../../src/audit/read.ts'
import { hashLeaf, hashNode } from '../../src/audit/tree/merkle.ts'
import { rootFromInclusion } from '../../src/audit/tree/proof.ts'
import { isConsistent } from '../audit/consistency.ts'
import { startApi } from '../support/api.ts'

type Api = Awaited<ReturnType<typeof startApi>>
let api: Api

beforeAll(async () => {
  api = await startApi()
})

afterAll(() => api[Symbol.asyncDispose]())

async function checkpoint() {
  const { text } = await api.ask('operator', 'GET /v1/audit/checkpoint')
  const [, size = '', root = ''] = text.split('\n')
  return { size: Number(size), root: Buffer.from(root, 'base64') }
}

async function hashOf(index: number): Promise<Buffer> {
  for await (const { leaf } of readEntries(api.auditDir, { from: index })) return hashLeaf(leaf)
  throw new Error('the log has it')
}

test('an entry is proven to be in the log of the checkpoint', async () => {
  const { size, root } = await checkpoint()
  const { json } = await api.ask('operator', 'GET /v1/audit/inclusion?index=3')
  const leafHash = await hashOf(3)
  const proof = json.proof.map((hash: string) => Buffer.from(hash, 'base64'))
  expect(rootFromInclusion({ index: 3, size, leafHash, proof })).toEqual(root)
  expect((await api.ask('operator', `GET /v1/audit/inclusion?index=${size}`)).status).toBe(404)
})

test('the log is proven to go on from what it was', async () => {
  const { size, root } = await checkpoint()
  const { json } = await api.ask('operator', 'GET /v1/audit/consistency?from=1')
  const proof = json.proof.map((hash: string) => Buffer.from(hash, 'base64'))
  const from = { size: 1, root: await hashOf(0) }
  expect(isConsistent({ from, to: { size, root }, proof })).toBe(true)
  const wrong = { size: 1, root: hashNode(from.root, from.root) }
  expect(isConsistent({ from: wrong, to: { size, root }, proof })).toBe(false)
})

test.each(['', ' 3', '0x3', '3e0', '-3', '3.0'])('no number is read from "%s"', async (text) => {
  const asked = `GET /v1/audit/inclusion?index=${encodeURIComponent(text)}`
  expect((await api.ask('operator', asked)).status).toBe(400)
})

test('tiles are read by their names, and nothing else of the disk is', async () => {
  const tile = await api.ask('operator', 'GET /v1/audit/tile?path=tile/0/000.p/20')
  expect(tile).toMatchObject({ status: 200, headers: { 'content-length': '640' } })
  for (const path of ['../tile/0/000', 'vkey', '/etc/passwd', 'tile/0/../../vkey', 'tile/0/%2e']) {
    expect((await api.ask('operator', `GET /v1/audit/tile?path=${path}`)).status).toBe(400)
  }
  expect((await api.ask('operator', 'GET /v1/audit/tile?path=tile/0/999')).status).toBe(404)
})
