import { guardedAddress } from './guarded-address.ts'
import type { Problems } from './problem.ts'
import type { SettingRow } from './setting-row.ts'
import type { SettingValues } from './settings.ts'
import { readPair } from './tls-files.ts'
import * as type from './types.ts'

/** Settings of the HTTP API. */
export const apiRows = {
  'api.listen': {
    env: 'TOLLGATE_API_LISTEN',
    default: undefined,
    type: guardedAddress({ plain: 'http', secured: 'https', port: 8081 }).optional(),
    help: 'Where the HTTP API listens: `http/127.0.0.1:8081` on loopback only, else `https/`; without it there is no API.',
  },
  'api.tls.certificate': {
    env: 'TOLLGATE_API_TLS_CERTIFICATE',
    default: undefined,
    type: type.text(1000).optional(),
    help: 'PEM file with the certificate of `https/`, the chain below it; read again on SIGHUP.',
  },
  'api.tls.key': {
    env: 'TOLLGATE_API_TLS_KEY',
    default: undefined,
    type: type.text(1000).optional(),
    help: 'PEM file with the key of that certificate; read again on SIGHUP.',
  },
  'api.requestsPerSecondMax': {
    env: 'TOLLGATE_API_REQUESTS_PER_SECOND_MAX',
    default: 20,
    type: type.whole(1, 10_000),
    help: 'Requests a second of one key, and ten times as many of one tenant; counted apart from calls.',
  },
  'api.metrics': {
    env: 'TOLLGATE_API_METRICS',
    default: 'operator',
    type: type.oneOf(['operator', 'loopback']),
    help: 'Who may read `/metrics`: holders of an operator key, or, on a loopback `api.listen`, anybody who reaches it.',
  },
  'api.metricsTenantsMax': {
    env: 'TOLLGATE_API_METRICS_TENANTS_MAX',
    default: 0,
    type: type.whole(0, 1000),
    help: 'How many tenants with a budget have a series of their own in `/metrics`; 0: none is named there.',
  },
} as const satisfies Record<string, SettingRow>

/** What `api.listen` needs besides. */
export function checkApi(values: Partial<SettingValues>, problems: Problems): void {
  const { protocol, address } = values['api.listen'] ?? {}
  const isLoopback = address === undefined || address.startsWith('127.') || address === '::1'
  if (values['api.metrics'] === 'loopback' && !isLoopback) {
    problems.add('api.metrics', 'must be operator (api.listen is not a loopback address)')
  }
  if (protocol !== 'https') return
  for (const path of ['api.tls.certificate', 'api.tls.key'] as const) {
    if (!values[path]) problems.add(path, 'is missing (api.listen: https needs it)')
  }
}

/** What the files of `api.tls` hold, PEM; undefined where the API speaks in the clear. */
export function readApiTls(values: SettingValues) {
  if (values['api.listen']?.protocol !== 'https') return undefined
  return readPair(
    { certificate: 'api.tls.certificate', key: 'api.tls.key' },
    { certificate: values['api.tls.certificate'] ?? '', key: values['api.tls.key'] ?? '' },
  )
}
