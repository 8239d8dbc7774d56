import { expect, test } from 'vitest'
import { parseMessage } from '../../../src/engine/message/parse.ts'
import { secured } from '../../../src/engine/stack/secure-contact.ts'
import type { Listener } from '../../../src/engine/transport/types.ts'
import { invite, wire } from './bench.ts'

const tls: Listener = { protocol: 'tls', address: '192.0.2.1', port: 5061, host: 'gate.example' }

/** The Contact that a request gets for an answer which would have said `contact`. */
function answered(text: string, contact = '<sip:gate.example:5061;transport=tls>', listener = tls) {
  const parsed = parseMessage(Buffer.from(wire(text)), 'datagram')
  if (!parsed.ok || parsed.message.kind !== 'request') throw new Error('no request')
  return secured(contact, parsed.message, listener)
}

const toSips = invite().replace('INVITE sip:', 'INVITE sips:')

test('an INVITE for a sips URI gets a sips Contact that leads back', () => {
  expect(answered(toSips)).toBe('<sips:gate.example:5061>')
  const named = '"Gate" <sip:bob@gate.example:5061;transport=tls;ob>;+x=1'
  expect(answered(toSips, named)).toBe('"Gate" <sips:bob@gate.example:5061;ob>;+x=1')
})

test('so does one whose next hop, or without any its sender, is to be reached by TLS alone', () => {
  expect(answered(invite('Record-Route: <sips:proxy.example;lr>\n'))).toContain('<sips:')
  expect(answered(invite().replace('Contact: <sip:', 'Contact: <sips:'))).toContain('<sips:')
  const routed = invite('Record-Route: <sip:proxy.example;lr>\n')
  expect(answered(routed.replace('Contact: <sip:', 'Contact: <sips:'))).toContain('<sip:')
})

test('over a WebSocket the transport stays in it', () => {
  const wss: Listener = { ...tls, protocol: 'wss' }
  const contact = '<sip:gate.example:5061;transport=wss>'
  expect(answered(toSips, contact, wss)).toBe('<sips:gate.example:5061;transport=ws>')
})

test('nothing is promised that the socket does not keep, and nobody else is spoken for', () => {
  expect(answered(invite())).toBe('<sip:gate.example:5061;transport=tls>')
  expect(answered(toSips, '<sip:elsewhere.example>')).toBe('<sip:elsewhere.example>')
  const tcp: Listener = { ...tls, protocol: 'tcp' }
  expect(answered(toSips, '<sip:gate.example:5061;transport=tcp>', tcp)).toContain('<sip:')
})
