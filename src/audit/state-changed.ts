import type { Consent, OptOut } from '../domain/permission.ts'
import { canonicalJson } from '../kernel/canonical-json.ts'
import type { StateChanged } from './event.ts'

/** A spike breaker was closed by a person; `note` is how it stood. */
export function breakerClosed(name: string, note: object): StateChanged {
  const [level, id = ''] = name.split(':')
  return {
    type: 'state.changed',
    subject: 'breaker',
    id: name,
    tenantId: level === 'tenant' ? id : undefined,
    before: canonicalJson(note),
    after: canonicalJson({ state: 'closed' }),
  }
}

/** A source is heard again. */
export function banLifted(address: string, untilMs: number): StateChanged {
  return { type: 'state.changed', subject: 'ban', before: canonicalJson({ untilMs }), address }
}

type Which = Pick<OptOut, 'tenantId' | 'e164' | 'scope'>

/** A number is not called any more. */
function optOutAdded({ tenantId, e164, scope }: Which): StateChanged {
  return { ...ofNumber('opt_out', tenantId, e164), after: canonicalJson({ scope }) }
}

/** How many opt-outs or consents are kept in one step: while it is made, a gate's calls wait. */
export const keptAtOnceMax = 500

/** Where opt-outs are kept. */
interface OptOutBook {
  addOptOuts(optOuts: readonly OptOut[]): Promise<readonly OptOut[]>
  optOutsOf(tenantId: OptOut['tenantId'], e164: string): Promise<readonly OptOut[]>
}

/** An opt-out as it stands, and whether it was not there before. */
export interface KeptOptOut {
  readonly optOut: OptOut
  readonly isNew: boolean
}

/**
 * Keeps an opt-out and hands on an event: one that was there keeps its first terms, and an earlier try
 * may have failed to be on record.
 */
export async function keepOptOut(
  book: OptOutBook,
  optOut: OptOut,
  record: (event: StateChanged) => Promise<void> | undefined,
): Promise<KeptOptOut> {
  const { tenantId, e164, scope } = optOut
  const isNew = (await keepOptOuts(book, [optOut], record)) > 0
  const there = isNew ? [] : await book.optOutsOf(tenantId, e164)
  const first = there.find((one) => one.tenantId === tenantId && one.scope === scope)
  return { isNew, optOut: first ?? optOut }
}

/** Keeps opt-outs and hands on an event for each; how many were not there before. */
export async function keepOptOuts(
  book: Pick<OptOutBook, 'addOptOuts'>,
  optOuts: readonly OptOut[],
  record: (event: StateChanged) => Promise<void> | undefined,
): Promise<number> {
  return await inSteps(optOuts, async (step) => {
    const fresh = await book.addOptOuts(step)
    // All of them: of one that was there, an earlier try may have failed to be on record.
    await Promise.all(step.map((optOut) => record(optOutAdded(optOut))))
    return fresh.length
  })
}

/** It may be called again. */
export function optOutWithdrawn({ tenantId, e164, scope }: Which): StateChanged {
  return { ...ofNumber('opt_out', tenantId, e164), before: canonicalJson({ scope }) }
}

/** Where consents are kept. */
interface ConsentBook {
  addConsents(consents: readonly Consent[]): Promise<readonly Consent[]>
}

/** Keeps consents and hands on an event for each that was not on record; how many those were. */
export async function keepConsents(
  book: ConsentBook,
  consents: readonly Consent[],
  record: (event: StateChanged) => Promise<void> | undefined,
): Promise<number> {
  return await inSteps(consents, async (step) => {
    const fresh = await book.addConsents(step)
    await Promise.all(fresh.map((consent) => record(consentAdded(consent))))
    return fresh.length
  })
}

async function inSteps<Item>(
  items: readonly Item[],
  keep: (step: readonly Item[]) => Promise<number>,
): Promise<number> {
  let added = 0
  for (let at = 0; at < items.length; at += keptAtOnceMax) {
    added += await keep(items.slice(at, at + keptAtOnceMax))
  }
  return added
}

function consentAdded({ tenantId, e164, id, purpose, ...rest }: Consent): StateChanged {
  const { givenAtMs, expiresAtMs = null } = rest
  const after = canonicalJson({ purpose, givenAtMs, expiresAtMs, isRevoked: false })
  return { ...ofNumber('consent', tenantId, e164), id, after }
}

/** It is revoked. */
export function consentRevoked(tenantId: string, id: string): StateChanged {
  const [before, after] = [false, true].map((isRevoked) => canonicalJson({ isRevoked }))
  return { type: 'state.changed', subject: 'consent', id, tenantId, before, after }
}

function ofNumber(subject: StateChanged['subject'], tenantId: string | undefined, number: string) {
  return { type: 'state.changed', subject, tenantId, number } as const
}
