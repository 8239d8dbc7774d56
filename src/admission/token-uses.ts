import type { CallToken } from '../domain/call-token.ts'
import type { Board } from '../store/port.ts'

const topic = 'token-use'
/** Tokens whose uses are counted at once; while there are so many no further one is taken. */
export const countedTokensMax = 50_000

/** Counts the calls of tokens that are good for so many, over all gates together. */
export class TokenUses {
  readonly #board: Pick<Board, 'post' | 'notes'>

  constructor(board: Pick<Board, 'post' | 'notes'>) {
    this.#board = board
  }

  /** Counts one more call; false, and nothing is counted, where there is none left. */
  async use({ id, callsMax, expiresAtMs }: CallToken): Promise<boolean> {
    if (callsMax === undefined) return true
    const counted = this.#board.notes(topic)
    if (!counted.has(id) && counted.size >= countedTokensMax) return false
    let taken = false
    await this.#board.post(topic, id, (current) => {
      const used = Number(current?.split(' ', 1)[0] ?? 0)
      taken = used < callsMax
      return taken ? `${used + 1} ${expiresAtMs}` : current
    })
    return taken
  }

  /** Takes back what `use` has counted: the call was refused after all. What is not taken back is spent. */
  async giveBack({ id, callsMax, expiresAtMs }: CallToken): Promise<void> {
    if (callsMax === undefined) return
    await this.#board.post(topic, id, (current) => {
      const used = Number(current?.split(' ', 1)[0] ?? 0)
      return used > 0 ? `${used - 1} ${expiresAtMs}` : current
    })
  }

  /** Forgets the tokens that have expired: nobody takes them any more. */
  async sweep(nowMs: number): Promise<void> {
    for (const [id, note] of [...this.#board.notes(topic)]) {
      if (Number(note.split(' ')[1]) <= nowMs) await this.#board.post(topic, id, () => undefined)
    }
  }
}
