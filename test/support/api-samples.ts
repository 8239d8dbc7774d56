import type { Route } from '../../src/api/route.ts'

/** A request that the schemas of a route let through. */
export interface Sample {
  readonly url: string
  readonly body?: unknown
  readonly headers: Readonly<Record<string, string>>
}

/** Values of parameters, by their names. */
const parameters: Readonly<Record<string, string>> = {
  tenantId: 'idle',
  callId: 'call-1',
  name: 'key:nobody',
  consentId: 'consent-1',
  policyId: 'new',
  carrierId: 'new',
  number: '+12125550100',
  revision: '1',
}

const queries: Readonly<Record<string, string>> = {
  'GET /v1/audit/tile': '?path=tile/entries/000.p/20',
  'GET /v1/audit/inclusion': '?index=3',
  'GET /v1/audit/consistency': '?from=7',
  'GET /v1/usage': '?tenant=acme',
  'GET /v1/opt-outs': '?number=%2B14155552671',
  'GET /v1/consents': '?number=%2B14155552671&tenant=acme',
  'POST /v1/consents/import': '?tenant=acme',
}

const number = '+14155552671'
const bodies: Readonly<Record<string, unknown>> = {
  'POST /v1/keys': { tenant: 'acme', policy: 'logs-read', allowedSources: ['127.0.0.1/32'] },
  'PATCH /v1/keys/{keyId}': { allowedSources: ['127.0.0.0/8'] },
  'POST /v1/keys/{keyId}/rotate': {},
  'POST /v1/opt-outs': { number, source: 'sms stop' },
  'POST /v1/opt-outs/withdraw': { number },
  'POST /v1/opt-outs/import': 'number\n+14155552672\n',
  'POST /v1/consents': {
    id: 'consent-1',
    number,
    tenant: 'acme',
    purpose: 'marketing',
    how: 'web form',
    givenAt: '2026-01-01T00:00:00Z',
    evidence: 'https://forms.example/1',
  },
  'POST /v1/consents/{consentId}/revoke': { tenant: 'acme' },
  'POST /v1/consents/import':
    'id,number,purpose,how,given_at,evidence\nc2,+14155552672,marketing,form,2026-01-01,x\n',
  'POST /v1/call-tokens': {},
  'POST /v1/explain': { from: '+12125550150', to: number },
  'PUT /v1/policies/{policyId}': { id: 'new', regions: ['US'], homeRegion: 'US' },
  'PUT /v1/tenants/{tenantId}': { id: 'idle', name: 'Idle' },
  'PUT /v1/carriers/{carrierId}': { id: 'new', gateways: [{ id: 'g', host: '192.0.2.1' }] },
  'PUT /v1/numbers/{number}': { number: '+12125550100', tenant: 'acme' },
  'PUT /v1/trunks/{trunkId}': { id: 'x' },
  'PUT /v1/rate-decks/{rateDeckId}': { id: 'x' },
  'PUT /v1/prefix-lists/{prefixListId}': { id: 'x' },
  'PUT /v1/suppression-lists/{suppressionListId}': { id: 'x' },
  'PUT /v1/refusals/{reason}': { reason: 'x' },
  'POST /v1/declared/preview': { tenants: [{ id: 'acme', name: 'Acme' }] },
  'POST /v1/bans/lift': { source: '192.0.2.1' },
}

/** One request to a route; those that need a body or a query have them in the tables above. */
export function sampleOf(route: Route, keyId: string): Sample {
  const name = `${route.method} ${route.path}`
  const path = route.path.replaceAll(/\{(\w+)\}/g, (_, parameter: string) =>
    encodeURIComponent(parameter === 'keyId' ? keyId : (parameters[parameter] ?? 'x')),
  )
  return {
    url: path + (queries[name] ?? ''),
    ...(name in bodies && { body: bodies[name] }),
    headers: {
      ...(route.streamed && { 'content-type': route.streamed.mediaType }),
      ...(route.conditional === true && { 'if-match': '*' }),
      ...(route.conditional === 'or-absent' && { 'if-none-match': '*' }),
    },
  }
}
