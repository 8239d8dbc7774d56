import { afterAll, beforeAll } from 'vitest'
import { type Capture, startCapture } from './capture.ts'
import { expectSound } from './expect-sound.ts'

const readTimeoutMs = 180_000

/**
 * Records all that the tests of this file send and get on their own ports, whoever sends it, and has
 * tshark judge it in the end: no malformed packet, no warning. Where nothing may be recorded
 * the tests run all the same, and the file fails with what is missing.
 */
export function judgeTraffic(): void {
  let recording: Promise<Capture> | undefined
  beforeAll(async () => {
    recording = startCapture()
    await Promise.allSettled([recording])
  })
  afterAll(async () => {
    await using capture = await recording
    expectSound((await capture?.read()) ?? [], ['INVITE'])
  }, readTimeoutMs)
}
