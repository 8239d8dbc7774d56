import { expect, test } from 'vitest'
import { allHeaders, firstHeader } from '../../../src/engine/message/headers.ts'
import type { Request } from '../../../src/engine/message/message.ts'
import { invite } from '../stack/bench.ts'
import { openProxyBench } from './bench.ts'

/** More than any honest call needs; the attack of RFC 5393 3 makes 2^70. */
const sentMax = 200

/** An INVITE that arrives at a proxy whose app sends each on to two users of the other proxy at once. */
interface Travelling {
  readonly text: string
  readonly to: 0 | 1
}

/**
 * RFC 5393 3: two proxies, on each of which two users are forwarded to the two users of the other one.
 * Gives all INVITEs that were sent until nothing is under way any more.
 */
function storm(firstHeaders: string): Request[] {
  const proxies = [openProxyBench(), openProxyBench()] as const
  const sent: Request[] = []
  const waiting: Travelling[] = [{ text: invite(firstHeaders), to: 0 }]
  for (let next = waiting.shift(); next && sent.length < sentMax; next = waiting.shift()) {
    const proxy = proxies[next.to]
    proxy.take()
    proxy.app.frames.length = 0
    proxy.receive(next.text, { port: 5070 + next.to })
    for (const { fields } of proxy.app.deliveries('INVITE')) {
      const targets = ['a', 'b'].map((user) => `sip:${user}@127.0.0.1:${5081 - next.to}`)
      proxy.proxyAs(proxy.app, fields[8] ?? '', { simultaneous: true }, targets)
    }
    for (const copy of proxy.requests().filter(({ method }) => method === 'INVITE')) {
      sent.push(copy)
      waiting.push({ text: wireText(copy), to: next.to === 0 ? 1 : 0 })
    }
  }
  return sent
}

function wireText({ method, uri, headers }: Request): string {
  const lines = headers.map(({ name, value }) => `${name}: ${value}`)
  return `${[`${method} ${uri} SIP/2.0`, ...lines].join('\n')}\n\n`
}

test('two proxies that fork to each other make no storm of one INVITE, RFC 5393', () => {
  const sent = storm('')
  expect(sent.length).toBeGreaterThan(1)
  expect(sent.length).toBeLessThanOrEqual(60)
})

test('who says how broad a request may get is held to', () => {
  const sent = storm('Max-Breadth: 4\n')
  expect(sent.length).toBeLessThanOrEqual(8)
  for (const copy of sent) expect(Number(firstHeader(copy, 'Max-Breadth'))).toBeLessThanOrEqual(2)
  for (const copy of sent) expect(allHeaders(copy, 'Max-Breadth')).toHaveLength(1)
})
