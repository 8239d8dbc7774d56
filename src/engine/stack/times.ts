import type { StackTimes } from './stack.ts'

/** How long an app may let a phone ring without another word, milliseconds. */
const ringingMs = 600_000

/**
 * All waits of the core from T1 and T2: an INVITE may stay without a word for 128*T1, which is the
 * 64 s of the real server; any other request is answered before its sender gives up at 64*T1,
 * because nobody hears an answer after that (RFC 4320).
 */
export function stackTimes(values: { readonly t1Ms: number; readonly t2Ms: number }): StackTimes {
  const { t1Ms, t2Ms } = values
  return { t1Ms, t2Ms, inviteAnswerMs: 128 * t1Ms, ringingMs, answerMs: 60 * t1Ms }
}
