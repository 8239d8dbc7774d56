// A key is shown once to who is to have it: what is left out of what was given out before it is searched.

/** Requests whose answer is a fresh key or token, and the fields that it stands in. */
const handingRequests = /^POST \/v1\/(?:keys(?:\/[^/]+\/rotate)?|call-tokens)(?:\?|$)/
const handingFields = /("(?:key|token)":")[^"]+"/g

/** Lines in which a gate shows a key that it made for this run alone. */
const handingLines = /^(Key \S+, minted for this run alone: )\S+$/gm

/** Commands that show a fresh key or token. */
const handingCommands = ['mint', 'rotate', 'declare', 'token']

/** The text without what its reader asked to be given. */
export function withoutHandedOut(text: string, answering: string): string {
  if (handingRequests.test(answering)) return text.replace(handingFields, '$1[shown once]"')
  return text.replace(handingLines, '$1[shown once]')
}

/** Whether it is a command whose output is a fresh key or token. */
export function handsOutByCommand(args: readonly string[]): boolean {
  const at = args.indexOf('keys')
  return at >= 0 && handingCommands.includes(args[at + 1] ?? '')
}
