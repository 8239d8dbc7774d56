import { randomUUID } from 'node:crypto'
import type { Explained } from '../../src/admission/explain.ts'
import type { CallClass } from '../../src/domain/call-class.ts'
import type { KeyId } from '../../src/domain/key.ts'
import type { TenantId } from '../../src/domain/tenant.ts'
import { systemRandom } from '../../src/kernel/random.ts'
import { parseKey } from '../../src/keys/format.ts'
import { rotateKey } from '../../src/keys/rotate.ts'
import { digestText } from './digest-text.ts'
import { lastOf, messageText, uriOf } from './message-text.ts'
import { type OpenRowStore, type Outcome, RowGate, type RowRules } from './row-gate.ts'
import { base, type Given, type Message, merged, type Row, type Step } from './table.ts'

/** What a row comes to: its gate after all steps, and the outcome of its own call. */
export async function runRow(
  file: Given | undefined,
  row: Row,
  { rules, open }: { readonly rules: RowRules; readonly open?: OpenRowStore },
): Promise<Outcome> {
  const given = merged(file, row)
  await using gate = await RowGate.open(given, rules, open)
  const caller = new Caller(gate, given.message ?? {})
  for (const step of row.before) await take(step, gate, caller)
  return await caller.call()
}

/** The same, after the call was explained, several times over, and nothing was told but answers. */
export async function explainRow(
  file: Given | undefined,
  row: Row,
  rules: RowRules,
): Promise<{ readonly explained: Explained | undefined; readonly outcome: Outcome }> {
  const given = merged(file, row)
  await using gate = await RowGate.open(given, rules)
  const caller = new Caller(gate, given.message ?? {})
  for (const step of row.before) await take(step, gate, caller)
  const before = gate.events.length
  for (let times = 0; times < 3; times++) await caller.explain()
  const explained = await caller.explain()
  if (gate.events.length !== before) throw new Error('explaining was written down')
  return { explained, outcome: await caller.call() }
}

/** Places the calls of one row. */
class Caller {
  readonly #gate: RowGate
  readonly #message: Message
  /** A token is made once and used by every call that has it. */
  readonly #tokens = new Map<string, string>()
  /** One challenge is answered by every call of the row. */
  #challenge: string | undefined
  #serial = 0

  constructor(gate: RowGate, message: Message) {
    this.#gate = gate
    this.#message = message
  }

  async explain(): Promise<Explained | undefined> {
    return await this.#gate.explain({
      text: messageText([this.#message]),
      address: lastOf([this.#message], 'source') ?? base.message.source,
    })
  }

  async call(own: Message = {}): Promise<Outcome> {
    const serial = `row-${++this.#serial}@192.0.2.7`
    const changes = [{ headers: { 'Call-ID': serial } }, this.#message, own]
    const authorization = await this.#authorization(changes)
    return await this.#gate.call({
      text: messageText(changes, authorization),
      address: lastOf(changes, 'source') ?? base.message.source,
      fingerprint: lastOf(changes, 'certificate'),
    })
  }

  async #authorization(changes: readonly Message[]): Promise<string | undefined> {
    const digest = lastOf(changes, 'digest')
    const token = lastOf(changes, 'token')
    if (digest) {
      this.#challenge ??= await this.#challenged(changes, digest.ageS)
      return digestText(digest, { challenge: this.#challenge, uri: uriOf(changes) })
    }
    return token && `Bearer ${await this.#token(token)}`
  }

  /** What a call without credentials is asked. */
  async #challenged(changes: readonly Message[], ageS: number): Promise<string> {
    const address = lastOf(changes, 'source') ?? base.message.source
    const { answer } = await this.#gate.call({ text: messageText([{ key: null }]), address })
    await this.#gate.wait(ageS * 1000)
    return [answer?.headers?.['WWW-Authenticate'] ?? ''].flat().join()
  }

  async #token(token: NonNullable<Message['token']>): Promise<string> {
    if (token.text !== undefined) return token.text
    const { key, lifeS, ageS, caller, callee, callsMax } = token
    const name = JSON.stringify(token)
    const known = this.#tokens.get(name)
    if (known !== undefined) return known
    const bounds = { caller, callee, callsMax }
    const expiresAtMs = this.#gate.clock.now() + lifeS * 1000
    const said = { id: randomUUID(), keyId: keyIdOf(key), expiresAtMs, ...bounds }
    const issued = (await this.#gate.credentials.tokens?.issue(said))?.reveal() ?? ''
    this.#tokens.set(name, issued)
    await this.#gate.wait(ageS * 1000)
    return issued
  }
}

async function take(step: Step, gate: RowGate, caller: Caller): Promise<void> {
  const { store, clock } = gate
  const nowMs = clock.now()
  if ('calls' in step) {
    for (let call = 0; call < step.calls; call++) {
      const { answer, isDropped } = await caller.call(step.message)
      const reason = answer && /text="(\w+)/.exec(String(answer.headers?.Reason))?.[1]
      if (reason !== step.refused || isDropped !== (step.dropped ?? false)) {
        throw new Error(`call ${call + 1} before: ${isDropped ? 'dropped' : reason}`)
      }
      await gate.wait((step.everyS ?? 0) * 1000)
    }
  } else if ('waitS' in step) await gate.wait(step.waitS * 1000)
  else if ('end' in step) {
    await gate.end(step.end === 'all' ? Number.POSITIVE_INFINITY : step.end, step.afterS * 1000)
  } else if ('optOut' in step) {
    const { number: e164, scope, tenant } = step.optOut
    const optOut = { e164, scope, tenantId: tenant as TenantId | undefined }
    await store.permissions.addOptOuts([{ ...optOut, atMs: nowMs, source: 'sms stop' }])
    if (step.withdrawn) await store.permissions.withdrawOptOut(optOut)
  } else if ('consent' in step) await addConsent(step.consent, gate)
  else if ('keyStatus' in step) {
    await store.keys.changeKey(keyIdOf(step.of), { status: step.keyStatus })
  } else if ('tenantStatus' in step) {
    await store.tenants.setTenantStatus(step.of as TenantId, step.tenantStatus)
  } else if ('rotated' in step) {
    const key = await store.directory.findKey(keyIdOf(step.rotated))
    if (!key) throw new Error('no such key')
    const rotation = { random: systemRandom(), digest: undefined, nowMs }
    const { change } = rotateKey(key, { ...rotation, overlapMs: step.overlapS * 1000 })
    await store.keys.changeKey(key.id, change)
  } else gate.break(step.node)
}

async function addConsent(
  given: Extract<Step, { consent: unknown }>['consent'],
  { store, clock }: RowGate,
): Promise<void> {
  const { number: e164, purpose, tenant, expiresInS, revoked } = given
  const givenAtMs = clock.now()
  const tenantId = tenant as TenantId
  const id = `consent-${(await store.permissions.consentsOf(tenantId, e164)).length + 1}`
  await store.permissions.addConsents([
    {
      id,
      tenantId,
      e164,
      purpose: purpose as CallClass,
      how: 'web form',
      givenAtMs,
      evidence: 'form 4711',
      revokedAtMs: undefined,
      expiresAtMs: expiresInS === undefined ? undefined : givenAtMs + expiresInS * 1000,
    },
  ])
  if (revoked) await store.permissions.revokeConsent(tenantId, id, givenAtMs)
}

function keyIdOf(name: string): KeyId {
  return parseKey(base.keys[name] ?? '')?.publicId ?? (name as KeyId)
}
