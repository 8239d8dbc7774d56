import { expect, test } from 'vitest'
import { textOf } from '../../src/kernel/byte-text.ts'
import { useCallStage } from '../support/call-stage.ts'
import { sdp } from '../support/udp-ua.ts'

const stage = useCallStage()
const text = (characters: string) => textOf(Buffer.from(characters, 'latin1'))

/** Every byte there is, twice, and what looks like UTF-8 up to its last byte. */
const bytes = text(Array.from({ length: 512 }, (_, at) => String.fromCharCode(at % 256)).join(''))
const broken = text('\xf0\x9f\x98 \xed\xa0\x80 \xc3')
/** A session whose name is in no character set. */
const named = sdp.replace('s=-', `s=${broken.replace(' ', '')}`)
const mixed = [
  '--b\r\nContent-Type: application/isup;version=itu-t92+\r\n',
  'Content-Transfer-Encoding: binary\r\n\r\n',
  bytes,
  '\r\n--b\r\nContent-Type: application/sdp\r\n\r\n',
  named,
  '\r\n--b--\r\n',
].join('')
const multipart = 'multipart/mixed;boundary=b'

test('of a body of several parts the session alone passes, and every byte of it', async () => {
  await stage.open()
  const { alice, bob } = stage
  const call = stage.newCall()
  const head = ['MIME-Version: 1.0', 'Content-Disposition: session;handling=optional']
  call.invite({ body: mixed, type: multipart, headers: head })
  const invite = await bob.request('INVITE')
  expect(invite.message.body).toBe(named)
  expect(invite.message.first('content-type')).toBe('application/sdp')
  expect(invite.text).not.toContain('isup')
  expect(invite.text).not.toMatch(/mime-version|content-disposition/i)
  bob.respond(invite, 200, { body: mixed, type: multipart })
  const ok = await alice.response(200)
  expect(ok.message.body).toBe(named)
  call.ack(ok)
  await bob.request('ACK')
  call.request('INVITE', { body: mixed, type: multipart })
  const again = await bob.request('INVITE')
  expect(again.message.body).toBe(named)
  bob.respond(again, 200, { body: mixed, type: multipart })
  const answer = await alice.response(200)
  expect(answer.message.body).toBe(named)
  call.ack(answer)
  await bob.request('ACK')
  await stage.hangUp(call)
})

test('a body of several parts that name nobody passes byte for byte, both ways', async () => {
  await stage.open()
  const { alice, bob } = stage
  const call = stage.newCall()
  const whole = mixed.replace('application/isup;version=itu-t92+', 'application/octet-stream')
  call.invite({ body: whole, type: multipart, headers: ['MIME-Version: 1.0'] })
  const invite = await bob.request('INVITE')
  expect(invite.message.body).toBe(whole)
  expect(invite.message.first('content-type')).toBe(multipart)
  expect(invite.message.first('mime-version')).toBe('1.0')
  bob.respond(invite, 200, { body: whole, type: multipart })
  const ok = await alice.response(200)
  expect(ok.message.body).toBe(whole)
  call.ack(ok)
  await bob.request('ACK')
  await stage.hangUp(call)
})

// An IAM names a caller, a called number and who pays. RFC 3372.
test('what is no session does not pass in an INVITE: the callee is asked to offer one', async () => {
  await stage.open()
  const call = stage.newCall()
  call.invite({ body: bytes, type: 'application/isup;version=itu-t92+' })
  const invite = await stage.bob.request('INVITE')
  expect(invite.message.body).toBe('')
  expect(invite.message.first('content-type')).toBeUndefined()
  stage.bob.respond(invite, 200, { body: sdp })
  call.ack(await stage.alice.response(200), { body: `${sdp}a=recvonly\r\n` })
  expect((await stage.bob.request('ACK')).message.body).toContain('a=recvonly')
  await stage.hangUp(call)
})

test('a body of any bytes passes unchanged in INFO and its answer, both ways', async () => {
  await stage.open()
  const { alice, bob } = stage
  const { call, callee } = await stage.establish()
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
