import type { ExplainedCheck, ExplainedLimit } from '../../admission/explain.ts'
import type { ExplainedCall, ExplainedCandidate } from '../../call/explain-call.ts'
import type { ExplainedInboundCall } from '../../call/explain-inbound.ts'

/** An explained call for people; `unseen` are the kinds of limits that a running gate alone can tell of. */
export function explainedLines(call: ExplainedCall, unseen: readonly string[]): string[] {
  const { candidates, passports = [], rate, reserveMicros, callClass, attestation } = call
  return [
    ...headLines(call),
    ...wordLine('class', callClass),
    ...wordLine('attestation', attestation && `${attestation} (${call.attestationReason})`),
    ...passports.flatMap((claims) => wordLine('passport', JSON.stringify(claims))),
    ...wordLine('rate', rate && JSON.stringify(rate)),
    ...wordLine('reserve', reserveMicros && `${reserveMicros} micros`),
    ...judgedLines(call, unseen),
    ...headed(
      'candidates',
      candidates.flatMap((candidate) => candidateLines(candidate, unseen)),
    ),
  ]
}

/** The same of a call that a carrier brings. */
export function inboundLines(call: ExplainedInboundCall, unseen: readonly string[]): string[] {
  const { carrierId, tenantId, trunkId, verstat, isMarked, targets, registers } = call
  return [
    ...headLines(call),
    ...wordLine('carrier', carrierId),
    ...wordLine('tenant', tenantId),
    ...wordLine('trunk', trunkId),
    ...wordLine('verstat', verstat && `${verstat}${isMarked ? ', which the tenant is told' : ''}`),
    ...judgedLines(call, unseen),
    ...headed('targets', [
      ...(registers && call.admitted
        ? ['PBXs that have registered, which are not looked at here']
        : []),
      ...targets.map(({ gateway, requestUri }) => `${gateway} ${requestUri}`),
    ]),
  ]
}

type Either = ExplainedCall | ExplainedInboundCall

function headLines(call: Either): string[] {
  return [
    verdictLine(call),
    ...Object.entries(call.answer?.headers ?? {}).map(([name, value]) => `  ${name}: ${value}`),
    ...wordLine('called', call.called),
    ...wordLine('caller', call.caller),
  ]
}

function judgedLines({ checks, limits }: Either, unseen: readonly string[]): string[] {
  return [
    ...headed('checks', checks.map(checkLine)),
    ...headed(
      'limits',
      limits.map((limit) => limitLine(limit, unseen)),
    ),
  ]
}

function verdictLine(call: Either): string {
  const { admitted, answer, reason, detail } = call
  if (admitted) {
    const notes = 'mode' in call ? notesOn(call) : ''
    return `admitted${notes ? ` (${notes})` : ''}`
  }
  const why = detail === undefined ? reason : `${reason}: ${detail}`
  return `refused ${answer?.status} ${answer?.phrase} (${why})`
}

function notesOn({ mode, enforcement }: ExplainedCall): string {
  const kind = [mode === 'test' ? 'test key' : '', enforcement === 'shadow' ? 'in shadow' : '']
  return kind.filter(Boolean).join(', ')
}

function checkLine({ check, outcome, afterDecision, reason, detail, figures }: ExplainedCheck) {
  const why = [reason, detail].filter(Boolean).join(': ')
  const after = afterDecision ? 'after the decision' : ''
  return [outcome.padEnd(14), check.padEnd(18), why, figuresText(figures), after]
    .filter(Boolean)
    .join(' ')
    .trimEnd()
}

function candidateLines(
  { carrier, gateway, requestUri, fits, limits }: ExplainedCandidate,
  unseen: readonly string[],
): string[] {
  const passed = fits ? '' : ' (passed over)'
  return [
    `${carrier} ${gateway} ${requestUri}${passed}`,
    ...limits.map((limit) => `  ${limitLine(limit, unseen)}`),
  ]
}

function limitLine(
  { level, limit, fits, freesInMs, figures }: ExplainedLimit,
  unseen: readonly string[],
) {
  const isUnseen = unseen.includes(String(figures.kind))
  const word = isUnseen ? 'only in the running gate' : fits ? 'fits' : 'full'
  const wait = freesInMs === undefined ? '' : `frees in ${Math.ceil(freesInMs / 1000)} s`
  return [`${level} ${limit}`.padEnd(18), word, wait, figuresText(figures)]
    .filter(Boolean)
    .join(' ')
}

function figuresText(figures: ExplainedCheck['figures']): string {
  return Object.entries(figures)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ')
}

function wordLine(name: string, value: string | number | undefined): string[] {
  return value === undefined ? [] : [`${name.padEnd(12)} ${value}`]
}

function headed(name: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`${name}:`, ...lines.map((line) => `  ${line}`)]
}
