import type { DigestAuth } from '../../keys/digest.ts'
import type { FindKey, Prove } from './proof.ts'

/**
 * A challenge was answered: the answer must be right, for the number that is called, and to a
 * challenge that is not used up. Only who answers rightly learns that it came too late.
 */
export function proveByDigest(
  findKey: FindKey,
  digest: DigestAuth,
  method: string,
): Prove<'digest'> {
  return async ({ publicId, answers }, { attempt, nowMs }) => {
    const key = await findKey(publicId)
    const right = answers.map((answer) => digest.proves(answer, method, key, nowMs))
    if (!key || right.includes(false)) {
      return { proven: false, detail: key ? 'secret_wrong' : 'key_unknown' }
    }
    // RFC 7616 3.4.6, RFC 3261 22.4: proxies may have rewritten the host, but nobody the number.
    const called = userOf(attempt.requestUri)
    if (answers.some(({ uri }) => userOf(uri) !== called)) {
      return { proven: false, detail: 'digest_of_other_call' }
    }
    const [answer] = answers
    const stale = answer && digest.use(answer)
    if (!stale) return { proven: true, key, answered: answer && digest.sharedUse(answer) }
    const challenges = digest.challenges(true)
    return { proven: false, reason: 'credentials_stale', detail: stale, challenges }
  }
}

/** Whom a URI calls: what stands before its host, parameters of the host left out. */
function userOf(uri: string): string {
  const [scheme = '', rest = ''] = uri.split(/:(.*)/s)
  const at = rest.lastIndexOf('@')
  return scheme.toLowerCase() === 'tel' || at < 0 ? rest : rest.slice(0, at)
}
