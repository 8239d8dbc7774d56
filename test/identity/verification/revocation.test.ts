import { describe, expect, test } from 'vitest'
import { readRevocationLists } from '../../../src/identity/verification/revocation.ts'
import { x509 } from '../../../src/identity/x509.ts'
import { Lab, trustIn } from './lab.ts'
import { type Holder, issue, revocationList } from './pki.ts'

const nowMs = new (await import('../../support/fake-clock.ts')).FakeClock().now()
const lists = (...files: readonly Buffer[]) =>
  files.flatMap((file) => readRevocationLists(file) ?? [])

/** RFC 5280 5.2.5: indirectCRL [4] TRUE. */
const indirect = new x509.Extension('2.5.29.28', true, Uint8Array.of(0x30, 3, 0x84, 1, 0xff))
const issuedBy = (holder: Holder) =>
  new x509.Extension(
    '2.5.29.29',
    true,
    new x509.GeneralNames([{ type: 'dn', value: holder.certificate.subject }]).rawData,
  )

async function faultOf(lab: Lab): Promise<string | undefined> {
  return (await lab.verify(lab.identity())).failure?.fault
}

describe('revocation lists', () => {
  test("a certificate on its issuer's list is refused", async () => {
    const lab = await Lab.open(async (root, leaf) => ({
      lists: lists(await revocationList(root, { revoked: [{ holder: leaf }], nowMs })),
    }))
    expect(await faultOf(lab)).toBe('certificate_revoked')
  })

  test('a list that is past its time still revokes', async () => {
    const lab = await Lab.open(async (root, leaf) => ({
      lists: lists(
        await revocationList(root, { revoked: [{ holder: leaf }], nowMs, untilMs: nowMs - 1 }),
      ),
    }))
    expect(await faultOf(lab)).toBe('certificate_revoked')
  })

  test("a list that somebody else signed in the issuer's name counts for nothing", async () => {
    const lab = await Lab.open(async (_root, leaf) => {
      const other = await issue({ ca: true, nowMs })
      return { lists: lists(await revocationList(other, { revoked: [{ holder: leaf }], nowMs })) }
    })
    expect(await faultOf(lab)).toBeUndefined()
  })

  test('where lists are not looked at a revoked certificate passes', async () => {
    const lab = await Lab.open(async (root, leaf) => ({
      lists: lists(await revocationList(root, { revoked: [{ holder: leaf }], nowMs })),
      revocation: 'off',
    }))
    expect(await faultOf(lab)).toBeUndefined()
  })

  test('where one is required a certificate without one is refused', async () => {
    expect(await faultOf(await Lab.open({ revocation: 'required' }))).toBe('revocation_unknown')
  })

  test('where one is required a stale one is none, and a current one is enough', async () => {
    const open = (untilMs: number) =>
      Lab.open(async (root) => ({
        lists: lists(await revocationList(root, { revoked: [], nowMs, untilMs })),
        revocation: 'required',
      }))
    expect(await faultOf(await open(nowMs - 1))).toBe('revocation_unknown')
    const lab = await open(nowMs + 60_000)
    expect(await faultOf(lab)).toBeUndefined()
    lab.clock.advance(61_000)
    expect(await faultOf(lab)).toBe('revocation_unknown')
  })

  test('a list of the STI-PA speaks about the certificates of every CA', async () => {
    const pa = await issue({ ca: true, subject: 'CN=STI-PA', nowMs })
    const lab = await Lab.open(async (root, leaf) => ({
      lists: lists(
        await revocationList(pa, {
          revoked: [{ holder: leaf, extensions: [issuedBy(root)] }],
          nowMs,
          more: [indirect],
        }),
      ),
      listIssuers: trustIn(pa).anchors,
      revocation: 'required',
    }))
    expect(await faultOf(lab)).toBe('certificate_revoked')
  })

  test('an indirect list of a CA that is no list issuer speaks about nobody', async () => {
    const other = await issue({ ca: true, subject: 'CN=Other', nowMs })
    const lab = await Lab.open(async (root, leaf) => ({
      lists: lists(
        await revocationList(other, {
          revoked: [{ holder: leaf, extensions: [issuedBy(root)] }],
          nowMs,
          more: [indirect],
        }),
      ),
    }))
    expect(await faultOf(lab)).toBeUndefined()
  })

  test('what is no list, and a list of changes alone, are not read', async () => {
    const root = await issue({ ca: true, nowMs })
    const delta = new x509.Extension('2.5.29.27', true, Uint8Array.of(2, 1, 1))
    expect(readRevocationLists(Buffer.from('hello'))).toBeUndefined()
    expect(readRevocationLists(Buffer.alloc(1000, 0x30))).toBeUndefined()
    const changes = await revocationList(root, { revoked: [], nowMs, more: [delta] })
    expect(readRevocationLists(changes)).toBeUndefined()
  })
})
