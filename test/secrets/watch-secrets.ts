import type { Secret } from '../../src/kernel/secret.ts'
import type { Recorder } from './recorder.ts'

/** Has the recorder know whatever is taken out of a `Secret` of this class. */
export function watchSecrets(
  { prototype }: Pick<typeof Secret, 'prototype'>,
  recorder: Recorder | undefined,
): void {
  if (!recorder) return
  const { reveal } = prototype
  prototype.reveal = function () {
    const text = reveal.call(this)
    recorder.secret(text)
    return text
  }
}
