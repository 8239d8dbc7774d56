import { expect, test } from 'vitest'
import { textOf } from '../../src/kernel/byte-text.ts'
import { useCallStage } from '../support/call-stage.ts'
import { sdp, UaAnsweredCall } from '../support/udp-ua.ts'

const stage = useCallStage()
const text = (characters: string) => textOf(Buffer.from(characters, 'latin1'))

/** Every byte there is, twice, and what looks like UTF-8 up to its last byte. */
const bytes = text(Array.from({ length: 512 }, (_, at) => String.fromCharCode(at % 256)).join(''))
const broken = text('\xf0\x9f\x98 \xed\xa0\x80 \xc3')
const mixed = [
  '--b\r\nContent-Type: application/sdp\r\n\r\n',
  sdp,
  '\r\n--b\r\nContent-Type: application/isup;version=itu-t92+\r\n',
  'Content-Transfer-Encoding: binary\r\n\r\n',
  bytes,
  broken,
  '\r\n--b--\r\n',
].join('')
const multipart = 'multipart/mixed;boundary=b'

test('a body of any bytes passes the gate unchanged, in INVITE, answer and INFO, both ways', async () => {
  await stage.open()
  const { alice, bob } = stage
  const call = stage.newCall()
  call.invite({ body: mixed, type: multipart })
  const invite = await bob.request('INVITE')
  expect(invite.message.body).toBe(mixed)
  bob.respond(invite, 200, { body: mixed, type: multipart })
  const ok = await alice.response(200)
  expect(ok.message.body).toBe(mixed)
  call.ack(ok)
  await bob.request('ACK')
  const callee = new UaAnsweredCall(bob, invite)
  const type = 'application/octet-stream'
  call.request('INFO', { body: bytes, type })
  const info = await bob.request('INFO')
  expect(info.message.body).toBe(bytes)
  bob.respond(info, 200, { body: broken, type })
  expect((await alice.response(200, 'INFO')).message.body).toBe(broken)
  callee.request('INFO', { body: `${bytes}${broken}`, type })
  const back = await alice.request('INFO')
  expect(back.message.body).toBe(`${bytes}${broken}`)
  alice.respond(back, 200)
  await bob.response(200, 'INFO')
  await stage.hangUp(call)
})
