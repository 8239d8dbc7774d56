import { environment } from '../config/environment.ts'
import {
  type IdentityPem,
  type IdentitySource,
  readIdentityFiles,
  readIdentityTls,
  readTenantIdentity,
} from '../config/identity-files.ts'
import { listeningAt } from '../config/listening.ts'
import type { SettingValues } from '../config/settings.ts'
import type { TenantId } from '../domain/tenant.ts'
import { serveCertificates } from '../identity/certificate-server.ts'
import { loadOrCreateCertificate } from '../identity/certificates.ts'
import { checkInForce, readCredential, type SigningCredential } from '../identity/credential.ts'
import { type CertificateEnd, endOf } from '../identity/expiry-watch.ts'
import { type CredentialSet, openSigners, type Signers } from '../identity/signers.ts'
import type { ServerCertificate } from '../kernel/bounded-http-server.ts'
import type { Clock } from '../kernel/clock.ts'
import { Failure } from '../kernel/failure.ts'
import type { Random } from '../kernel/random.ts'

interface Around {
  readonly values: SettingValues
  readonly clock: Clock
  readonly random: Random
  readonly stack: AsyncDisposableStack
}

/** Everything that identity is made with, read and found good, and not yet in use. */
export interface IdentityRead {
  readonly credentials: CredentialSet
  readonly tls: ServerCertificate | undefined
  /** Where the certificates of tenants were read. */
  readonly sources: ReadonlyMap<TenantId, IdentitySource>
}

/** What signs, and where its certificates are. */
export interface Identity {
  readonly signers: Signers
  /** When the certificates in use end. */
  ends(): readonly CertificateEnd[]
  /**
   * Reads all files again, those of tenants where they were read last unless told otherwise. Throws
   * `config_invalid` or `certificate_invalid`; nothing changes by it.
   */
  read(sources?: ReadonlyMap<TenantId, IdentitySource>): Promise<IdentityRead>
  use(read: IdentityRead): void
}

/** Opens the signers, and serves their certificates where verifiers find them. */
export async function openIdentity(
  around: Around,
  sources: ReadonlyMap<TenantId, IdentitySource>,
): Promise<Identity> {
  const { values, clock, stack } = around
  const first = await readIdentity(around, sources)
  const host = values['identity.host']
  const port = values['identity.port']
  const place = { where: `${host}:${port}`, setting: 'identity.port' }
  const server = await listeningAt(place, () => serveCertificates({ host, port, tls: first.tls }))
  stack.use(server)
  const signers = stack.use(
    openSigners(first.credentials, {
      server,
      clock,
      x5uBase: values['identity.x5uBase'],
      activationDelayMs: values['identity.activationDelayS'] * 1000,
    }),
  )
  let { tls } = first
  let current = sources
  return {
    signers,
    ends: () => endsOf({ credentials: signers.credentials, tls }),
    read: (elsewhere = current) => readIdentity(around, elsewhere),
    use: (read) => {
      current = read.sources
      signers.use(read.credentials)
      tls = read.tls
      if (tls) server.show(tls)
    },
  }
}

async function readIdentity(
  around: Around,
  sources: ReadonlyMap<TenantId, IdentitySource>,
): Promise<IdentityRead> {
  const { values, clock, random } = around
  const named = readIdentityFiles(values)
  const operator = named
    ? credentialFrom('identity.certificate', named, clock.now())
    : await loadOrCreateCertificate({
        dir: values['identity.certificateDir'],
        spc: values['identity.spc'],
        clock,
        random,
      })
  const tenants = [...sources].map(([tenant, source]) => {
    const pem = readTenantIdentity(tenant, source, environment())
    return [tenant, credentialFrom(`identity of tenant ${tenant}`, pem, clock.now())] as const
  })
  return {
    credentials: { operator, tenants: new Map(tenants) },
    tls: readIdentityTls(values),
    sources,
  }
}

function credentialFrom(
  where: string,
  { keyPem, chainPem }: IdentityPem,
  nowMs: number,
): SigningCredential {
  try {
    const credential = readCredential(keyPem, chainPem)
    checkInForce(credential, nowMs)
    return credential
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : 'cannot be used'
    throw new Failure('config_invalid', `${where}: ${why}`)
  }
}

function endsOf({ credentials, tls }: Omit<IdentityRead, 'sources'>): readonly CertificateEnd[] {
  const { operator, tenants } = credentials
  return [
    { use: 'signing', notAfterMs: operator.notAfterMs },
    ...[...tenants].map(([id, { notAfterMs }]) => {
      return { use: 'signing', tenantId: id as TenantId, notAfterMs } as const
    }),
    ...(tls ? [{ use: 'https', notAfterMs: endOf(tls.certificate) } as const] : []),
  ]
}
