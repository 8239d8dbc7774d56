import { expect } from 'vitest'
import type { Packet } from './capture.ts'

/**
 * tshark has seen these methods, could read every packet, and warns of none. Nobody's packets are left out: what
 * a peer of ours sends is as sound as what the gate does.
 */
export function expectSound(packets: readonly Packet[], methods: readonly string[]): void {
  const faults = packets
    .filter(({ malformed, warnings }) => malformed || warnings.length > 0)
    .map(({ number, fromPort, toPort, startLines, warnings }) => {
      return `${number}: ${fromPort} to ${toPort}: ${startLines}: ${warnings.join(', ') || 'malformed'}`
    })
  expect(faults).toEqual([])
  const seen = packets.map(({ startLines }) => startLines).join('\n')
  for (const method of methods) expect(seen).toContain(`${method} sip:`)
}
