import { Failure } from '../kernel/failure.ts'
import { guardedAddress } from './guarded-address.ts'
import type { Problems } from './problem.ts'
import type { SettingValues } from './settings.ts'
import { readPair } from './tls-files.ts'

/** An admin port as the engine opens it, with what its files hold. */
export interface AdminDoor {
  readonly address: string
  readonly port: number
  readonly secret: string
  readonly tls: { readonly certPem: string; readonly keyPem: string } | undefined
}

/** One address of `engine.adminListen`: without TLS a loopback address, since the secret is sent. */
export const adminAddress = guardedAddress({ plain: 'tcp', secured: 'tls', port: 9022 })

/** What `engine.adminListen` needs besides. */
export function checkAdminListen(values: Partial<SettingValues>, problems: Problems): void {
  const listen = values['engine.adminListen'] ?? []
  if (listen.length === 0) return
  if (values['engine.kind'] === 'drachtio') {
    problems.add('engine.adminListen', 'is for the embedded engine (engine.kind: drachtio)')
  }
  if (!values['engine.adminSecret']) {
    problems.add('engine.adminSecret', 'is missing (engine.adminListen needs it)')
  }
  if (!listen.some(({ protocol }) => protocol === 'tls')) return
  for (const path of ['engine.adminCertificate', 'engine.adminKey'] as const) {
    if (!values[path]) problems.add(path, 'is missing (engine.adminListen: tls needs it)')
  }
}

/** The admin ports that the settings ask for; throws a `config_invalid` where a file is no good. */
export function readAdminDoors(values: SettingValues): AdminDoor[] {
  const secret = values['engine.adminSecret']
  const listen = values['engine.adminListen']
  if (listen.length > 0 && !secret) {
    throw new Failure('config_invalid', 'engine.adminSecret is missing')
  }
  return listen.map(({ protocol, address, port }) => {
    const tls = protocol === 'tls' ? readCertificate(values) : undefined
    return { address, port, secret: secret?.reveal() ?? '', tls }
  })
}

function readCertificate(values: SettingValues): AdminDoor['tls'] {
  const settings = { certificate: 'engine.adminCertificate', key: 'engine.adminKey' } as const
  const files = {
    certificate: values['engine.adminCertificate'] ?? '',
    key: values['engine.adminKey'] ?? '',
  }
  const { certificate: certPem, key: keyPem } = readPair(settings, files)
  return { certPem, keyPem }
}
