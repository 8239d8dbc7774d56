import { callTextBytesMax, readCallText } from '../call-text.ts'
import { clockAt } from '../clock-at.ts'
import { command, exitCodes, UsageError } from '../command.ts'
import { officeOptions } from '../line/common.ts'
import { needed, optional, type Values } from '../line/options.ts'
import { textGiven } from '../line/read-given.ts'
import { show } from '../line/show.ts'
import { file, moment, word } from '../line/values.ts'
import { settingsIn } from '../settings-in.ts'
import { explainedInbound } from './inbound.ts'
import { explainedLines, inboundLines } from './lines.ts'
import { explainedOutbound } from './outbound.ts'

const options = {
  'key-id': optional(word('<id>'), 'The id of the key that the call would carry.'),
  carrier: optional(
    word('<id>'),
    "Instead: the carrier that would bring it, to a tenant's number.",
  ),
  from: needed(word('<number>'), 'The caller ID.'),
  to: needed(word('<number>'), 'The number called.'),
  class: optional(word('<class>'), "The class of a key's call, as X-Call-Class would say it."),
  identity: optional(file, "Identity headers that a carrier's call would come with, one a line."),
  at: optional(moment, 'When; without it, now. Limits are always those of now.'),
  source: optional(
    word('<address>'),
    'Where it would come from; without it, an address that it may come from.',
  ),
  ...officeOptions,
} as const

/** `tollgate explain`: what would become of a call, and why; nothing of it happens. */
export const explain = command({
  // It tells what is kept of the numbers: consents, opt-outs, calls of before.
  recorded: 'whole',
  options,
  no: 'the call would be refused',
  async run({ values }, terminal) {
    const { json } = values
    if (values.carrier !== undefined) {
      const { call, unseen } = await ofCarrier(values)
      show(terminal, { json, value: { ...call, unseen }, lines: inboundLines(call, unseen) })
      return call.admitted ? exitCodes.ok : exitCodes.no
    }
    const { call, unseen } = await ofKey(values)
    show(terminal, { json, value: { ...call, unseen }, lines: explainedLines(call, unseen) })
    return call.admitted ? exitCodes.ok : exitCodes.no
  },
})

function ofKey(values: Values<typeof options>) {
  const { 'key-id': keyId, from, to, class: callClass, source, identity, at, config } = values
  if (keyId === undefined) throw new UsageError('--key-id or --carrier is needed')
  if (identity !== undefined) throw new UsageError('--identity goes only with --carrier')
  const asked = { keyId, from, to, callClass, source }
  return explainedOutbound(settingsIn(config), asked, clockAt(at))
}

async function ofCarrier(values: Values<typeof options>) {
  const { carrier: carrierId = '', from, to, source, identity, at, config } = values
  if (values['key-id'] !== undefined)
    throw new UsageError('--key-id and --carrier exclude each other')
  if (values.class !== undefined) throw new UsageError('--class goes only with --key-id')
  const clock = clockAt(at)
  const text = identity === undefined ? '' : await textGiven(identity, callTextBytesMax)
  const { identityHeaders: identities } = readCallText(text, {
    homeRegion: '001',
    nowMs: clock.now(),
  })
  const asked = { carrierId, from, to, source, identities }
  return explainedInbound(settingsIn(config), asked, clock)
}
