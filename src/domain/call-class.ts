/** What a call is for, as its caller says and its policy lets it say. */
export const callClasses = ['marketing', 'transactional', 'emergency-callback'] as const
export type CallClass = (typeof callClasses)[number]

/** Whether the text names a class, exactly. */
export function isCallClass(text: string): text is CallClass {
  return callClasses.some((known) => known === text)
}
