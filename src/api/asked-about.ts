import { kindOfFigure } from '../sealing/places.ts'
import type { ReadRequest } from './read-request.ts'

const e164 = /^\+\d{3,15}$/
/** Our ids, of calls and of what is declared; a Call-ID, which the same paths take, is its caller's word. */
const ourId = /^[\w.-]{1,100}$/
const ourCallId = /^[\da-f]{32}$/
const numbersMax = 20

/** Whom and what a request is about, for the record of it. */
export interface About {
  /** Numbers in it, parted by blanks. */
  readonly numbers: string | undefined
  /** What its path names. */
  readonly about: string | undefined
}

/** What a request is about, as its path, its query and the members of its body say. */
export function aboutOf({ params, query, body }: ReadRequest): About {
  const named = Object.entries(Object(params) as object)
  const texts = [params, query, body].flatMap((each) => Object.values(Object(each) as object))
  const numbers = new Set(texts.filter((text) => typeof text === 'string' && e164.test(text)))
  const ids = named.flatMap(([name, value]) => (isOurs(name, value) ? [value] : []))
  return {
    numbers: numbers.size === 0 ? undefined : [...numbers].slice(0, numbersMax).join(' '),
    about: ids.length === 0 ? undefined : ids.join(' '),
  }
}

function isOurs(name: string, value: unknown): value is string {
  if (typeof value !== 'string' || kindOfFigure(value) !== undefined) return false
  return (name === 'callId' ? ourCallId : ourId).test(value)
}
