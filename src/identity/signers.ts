import type { Clock, Timer } from '../kernel/clock.ts'
import type { CertificateServer } from './certificate-server.ts'
import type { SigningCredential } from './credential.ts'
import { createSigner, type Signer } from './signer.ts'

const minuteMs = 60_000

/**
 * How long a certificate is served after its last signature: RFC 8224 4.4 has signatures fresh for a
 * minute, and no verifier should be far more patient than that.
 */
export const overlapMs = 60 * minuteMs

/** What signs: the operator's credential, and those of tenants that have one of their own. */
export interface CredentialSet {
  readonly operator: SigningCredential
  readonly tenants: ReadonlyMap<string, SigningCredential>
}

export interface SignersOptions {
  readonly server: CertificateServer
  /** What paths are below in the URL that verifiers are told; undefined: the server's own address. */
  readonly x5uBase: string | undefined
  /** How long a new certificate is served before it signs, for gates that are reloaded in turn. */
  readonly activationDelayMs: number
  readonly clock: Clock
}

/** The signer of every tenant, and its certificate where verifiers find it. */
export interface Signers extends Signer, AsyncDisposable {
  /** Where the operator's certificate is. */
  readonly certificateUrl: string
  /** What signs now. */
  readonly credentials: CredentialSet
  /**
   * Signs with these from now on, without a moment in which a signature's certificate is not to be
   * had: a new one is served before it signs, an old one until its signatures are stale.
   */
  use(credentials: CredentialSet): void
}

interface Active {
  readonly credentials: CredentialSet
  readonly operator: Signer
  readonly tenants: ReadonlyMap<string, Signer>
  /** All paths of it. */
  readonly paths: ReadonlySet<string>
  readonly certificateUrl: string
}

/** Opens with the credentials given, which sign at once. */
export function openSigners(first: CredentialSet, options: SignersOptions): Signers {
  const { clock, server, activationDelayMs } = options
  let active = prepare(first, options)
  let pending: { readonly next: Active; readonly timer: Timer } | undefined
  const leaving = new Map<string, Timer>()

  const retire = (old: Active, kept: Active) => {
    for (const path of old.paths) {
      if (kept.paths.has(path) || leaving.has(path)) continue
      const timer = clock.after(overlapMs, () => {
        leaving.delete(path)
        server.withdraw(path)
      })
      leaving.set(path, timer)
    }
  }
  const activate = (next: Active) => {
    pending = undefined
    retire(active, next)
    active = next
  }
  return {
    get certificateUrl() {
      return active.certificateUrl
    },
    get credentials() {
      return active.credentials
    },
    use: (credentials) => {
      const next = prepare(credentials, options)
      pending?.timer.cancel()
      if (pending) retire(pending.next, active)
      for (const path of next.paths) {
        leaving.get(path)?.cancel()
        leaving.delete(path)
      }
      if (activationDelayMs === 0) activate(next)
      else pending = { next, timer: clock.after(activationDelayMs, () => activate(next)) }
    },
    sign: (statement) =>
      (active.tenants.get(statement.tenantId ?? '') ?? active.operator).sign(statement),
    [Symbol.asyncDispose]: async () => {
      pending?.timer.cancel()
      for (const timer of leaving.values()) timer.cancel()
      await server[Symbol.asyncDispose]()
    },
  }
}

/** Everything is served when this returns. */
function prepare(credentials: CredentialSet, options: SignersOptions): Active {
  const paths = new Set<string>()
  const signerOf = ({ privateKey, chainPem, notAfterMs }: SigningCredential) => {
    const path = options.server.publish(chainPem)
    paths.add(path)
    const x5u = (options.x5uBase ?? options.server.base).replace(/\/$/, '') + path
    return { x5u, signer: createSigner({ privateKey, x5u, notAfterMs, clock: options.clock }) }
  }
  const { x5u, signer } = signerOf(credentials.operator)
  const tenants = [...credentials.tenants].map(([id, one]) => [id, signerOf(one).signer] as const)
  return { credentials, operator: signer, tenants: new Map(tenants), paths, certificateUrl: x5u }
}
