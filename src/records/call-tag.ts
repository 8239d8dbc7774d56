// FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv/.
const offset = 0x811c9dc5
const prime = 0x01000193

/**
 * 32 bits by which our id of a call is looked for: a number takes a third of the room of the id itself in
 * an index. Two ids may have the same, so whoever looks compares the id too.
 */
export function callTag(callId: string): number {
  let hash = offset
  for (let at = 0; at < callId.length; at++) hash = Math.imul(hash ^ callId.charCodeAt(at), prime)
  return hash >>> 0
}
