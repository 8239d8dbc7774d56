import { openVerification } from '../app/verification.ts'
import * as type from '../config/types.ts'
import { passportFaults } from '../domain/passport-faults.ts'
import type { CallToVerify, Verification } from '../domain/verification.ts'
import { readPassport } from '../identity/verification/read-passport.ts'
import { Failure } from '../kernel/failure.ts'
import { silentLogger } from '../kernel/logger.ts'
import { callTextBytesMax, partyOf, readCallText } from './call-text.ts'
import { clockAt } from './clock-at.ts'
import { command, exitCodes, UsageError } from './command.ts'
import { officeOptions } from './line/common.ts'
import { optional, withDefault } from './line/options.ts'
import { plainNumber } from './line/phone-number.ts'
import { textGiven } from './line/read-given.ts'
import { show } from './line/show.ts'
import { checked, file, moment, word } from './line/values.ts'
import { settingsIn } from './settings-in.ts'

/** `tollgate passport verify`: what a call's Identity headers prove, by the settings of a gate. */
export const passportVerify = command({
  input: { bytesMax: callTextBytesMax, isAsked: ({ argument }) => argument === '-' },
  argument: {
    type: file,
    help: 'A SIP request, or Identity headers alone, one a line; - for standard input.',
  },
  options: {
    from: optional(word('<number>'), 'The caller, where the file does not say.'),
    to: optional(word('<number>'), 'The callee, where the file does not say.'),
    region: withDefault(
      checked('<region>', type.region),
      'US',
      'Region of numbers without a country code.',
    ),
    at: optional(moment, 'When; without it, now.'),
    ...officeOptions,
  },
  no: 'the caller is not verified',
  async run({ values, argument }, terminal) {
    const { values: settings } = settingsIn(values.config)
    if (settings['verification.trustAnchors'] === undefined) {
      throw new Failure('config_invalid', 'verification.trustAnchors: names no file')
    }
    const clock = clockAt(values.at)
    const { service } = openVerification({ values: settings, clock, logger: silentLogger })
    const around = { homeRegion: values.region, nowMs: clock.now() }
    const read = readCallText(
      terminal.input ?? (await textGiven(argument, callTextBytesMax)),
      around,
    )
    const { call, unheld } = completed(read, values)
    const found = await service.verify(call)
    show(terminal, { json: values.json, value: found, lines: foundLines(found) })
    if (unheld) terminal.err('No call came with it: who calls whom is what the header itself says.')
    return found.verstat === 'TN-Validation-Passed' ? exitCodes.ok : exitCodes.no
  },
})

interface Ends {
  readonly from?: string | undefined
  readonly to?: string | undefined
  readonly region: string
}

/** The call with the ends that the command line names; without any, with those that the header names. */
function completed(call: CallToVerify, { from, to, region }: Ends) {
  const orig = from === undefined ? call.orig : named('--from', from, region)
  const dest = to === undefined ? call.dest : [named('--to', to, region)]
  const [first = ''] = call.identityHeaders
  const field = readPassport(first, call)
  const claims = field.is === 'passport' ? field.passport.claims : undefined
  const isHeld = orig !== undefined && dest.length > 0
  return {
    call: {
      ...call,
      orig: orig ?? (call.dest.length === 0 ? claims?.orig : undefined),
      dest: dest.length > 0 ? dest : (claims?.dest ?? []),
    },
    unheld: !isHeld && call.dest.length === 0,
  }
}

/** What is no number would be told from the header's as another caller's would. */
function named(option: string, text: string, homeRegion: string) {
  const plain = plainNumber(text)
  // One that nobody can have is what a forged caller may say.
  if (/^\+?\d+$/.test(plain)) return partyOf(`tel:${plain}`, homeRegion)
  throw new UsageError(`${option} must be a number`)
}

function foundLines(found: Verification): readonly string[] {
  const { verstat, attestation, origId, divertedFrom, certificate, rcd, passports, failure } = found
  const pairs: readonly (readonly [string, string | undefined])[] = [
    ['attestation', attestation],
    ['origid', origId],
    ['diverted from', divertedFrom?.join(', ')],
    ['signed by', certificate?.subject],
    ['issued by', certificate?.issuer],
    ['serial', certificate?.serial],
    ['speaks for', certificate && (certificate.spcs.join(', ') || 'numbers')],
    ['caller name', rcd?.name],
    ['reason', rcd?.reason],
    ['would be', failure && `${failure.status} ${failure.phrase}`],
  ]
  return [
    verstat,
    ...pairs.flatMap(([name, text]) => (text === undefined ? [] : [`  ${name}: ${text}`])),
    ...(failure && passports.length === 0 ? [`  ${faultText(failure.fault)}`] : []),
    ...passports.map(({ ppt = 'base', outcome, fault }, at) => {
      return `  ${at + 1}. ${ppt}: ${outcome}${fault ? `, ${faultText(fault)}` : ''}`
    }),
  ]
}

function faultText(fault: keyof typeof passportFaults): string {
  return `${fault} (${passportFaults[fault].help})`
}
