/** What nobody took, however often it was told. */
export interface DeadLetter {
  readonly id: string
  readonly kind: string
  readonly atMs: number
  readonly tries: number
  readonly tenantId?: string | undefined
}

/** Where gates put them, for all to see. */
const deadLetterTopic = 'dead-letters'
/** A further one takes the place of the oldest. */
export const deadLettersMax = 100

/** The part of a board that letters need. */
export interface LetterBoard {
  notes(topic: string): ReadonlyMap<string, string>
  post(topic: string, id: string, change: () => string | undefined): Promise<unknown>
}

/** Every dead letter, the oldest first. */
export function deadLettersOn(board: Pick<LetterBoard, 'notes'>): readonly DeadLetter[] {
  const letters = [...board.notes(deadLetterTopic).values()].map((text): DeadLetter => {
    return JSON.parse(text)
  })
  return letters.sort((one, other) => one.atMs - other.atMs)
}

/** Puts one up; takes the oldest down where there are too many, also those that others put up at once. */
export async function putDeadLetter(board: LetterBoard, letter: DeadLetter): Promise<void> {
  for (const { id } of deadLettersOn(board).slice(0, 1 - deadLettersMax)) {
    await board.post(deadLetterTopic, id, () => undefined)
  }
  await board.post(deadLetterTopic, letter.id, () => JSON.stringify(letter))
}
