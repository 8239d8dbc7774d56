import type { Client } from '../protocol/types.ts'

/** Most verbs one client may register; a SIP application needs some fifteen. */
const verbsMax = 64

interface Turn {
  readonly clients: Client[]
  next: number
}

/** Who serves which verb, and whose turn it is. A client counts once however often it registers. */
export class Roster {
  readonly #turns = new Map<string, Turn>()
  readonly #verbs = new Map<Client, Set<string>>()

  /** False when the client has registered too many verbs. */
  add(client: Client, verb: string): boolean {
    let verbs = this.#verbs.get(client)
    if (!verbs) {
      verbs = new Set()
      this.#verbs.set(client, verbs)
    }
    if (verbs.has(verb)) return true
    if (verbs.size >= verbsMax) return false
    verbs.add(verb)
    const turn = this.#turns.get(verb)
    if (turn) turn.clients.push(client)
    else this.#turns.set(verb, { clients: [client], next: 0 })
    return true
  }

  remove(client: Client, verb: string): void {
    if (!this.#verbs.get(client)?.delete(verb)) return
    const turn = this.#turns.get(verb)
    const at = turn ? turn.clients.indexOf(client) : -1
    if (!turn || at < 0) return
    turn.clients.splice(at, 1)
    if (turn.next > at) turn.next -= 1
    if (turn.clients.length === 0) this.#turns.delete(verb)
  }

  removeClient(client: Client): void {
    for (const verb of [...(this.#verbs.get(client) ?? [])]) this.remove(client, verb)
    this.#verbs.delete(client)
  }

  /**
   * The client whose turn it is, round robin per method, of those that have announced the tag if one
   * is given; undefined when nobody serves it.
   */
  pick(method: string, tag?: string): Client | undefined {
    const turn = this.#turns.get(method.toLowerCase())
    if (!turn) return undefined
    const { clients } = turn
    for (let tried = 0; tried < clients.length; tried++) {
      const client = clients[turn.next % clients.length]
      turn.next = (turn.next + 1) % clients.length
      if (tag === undefined || client?.tags?.has(tag)) return client
    }
    return undefined
  }

  /** Whether this client has registered the verb. */
  has(client: Client, verb: string): boolean {
    return this.#verbs.get(client)?.has(verb) ?? false
  }

  /** Whether anybody serves the method. */
  serves(method: string): boolean {
    return this.#turns.has(method.toLowerCase())
  }
}
