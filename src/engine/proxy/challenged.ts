import { allHeaders } from '../message/headers.ts'
import type { Request, Response } from '../message/message.ts'

/** How long a target that has challenged is remembered (PROTOCOL 12), milliseconds. */
const rememberedMs = 2_000
/** Most challenges remembered at once. */
const challengesMax = 1_024

const nonce = /nonce="([^"]{1,256})"/

/**
 * Which target has asked a caller for credentials: the request that brings them goes there first,
 * because no other target knows the nonce.
 */
export class Challenged {
  readonly #byNonce = new Map<string, { readonly uri: string; readonly untilMs: number }>()

  remember(response: Response, uri: string, nowMs: number): void {
    for (const [known, { untilMs }] of this.#byNonce) {
      if (untilMs > nowMs && this.#byNonce.size < challengesMax) break
      this.#byNonce.delete(known)
    }
    for (const name of ['WWW-Authenticate', 'Proxy-Authenticate']) {
      for (const value of allHeaders(response, name)) {
        const found = nonce.exec(value)?.[1]
        if (found) this.#byNonce.set(found, { uri, untilMs: nowMs + rememberedMs })
      }
    }
  }

  /** The targets with the one first that has challenged this caller. */
  sorted(targets: readonly string[], request: Request, nowMs: number): readonly string[] {
    for (const name of ['Authorization', 'Proxy-Authorization']) {
      for (const value of allHeaders(request, name)) {
        const known = this.#byNonce.get(nonce.exec(value)?.[1] ?? '')
        if (!known || known.untilMs < nowMs || !targets.includes(known.uri)) continue
        return [known.uri, ...targets.filter((uri) => uri !== known.uri)]
      }
    }
    return targets
  }
}
