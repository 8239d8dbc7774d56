import type { SettingValues } from '../config/settings.ts'
import { readServerCa, readVerificationFiles } from '../config/verification-files.ts'
import type { VerificationService } from '../domain/verification.ts'
import { noVerification } from '../identity/no-verification.ts'
import type { Trust } from '../identity/verification/chain.ts'
import { ChainStore } from '../identity/verification/chain-store.ts'
import { createFetcher } from '../identity/verification/fetch-certificate.ts'
import { systemNetwork } from '../identity/verification/network.ts'
import { ReplayGuard } from '../identity/verification/replay-guard.ts'
import { createAddressGuard } from '../identity/verification/special-addresses.ts'
import { readTrust } from '../identity/verification/trust.ts'
import { createVerificationService } from '../identity/verification/verification-service.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Logger } from '../kernel/logger.ts'

/** The verification of callers, and how it comes to believe others. */
export interface Verifying {
  readonly service: VerificationService
  /** The same for calls that nobody has placed: whose PASSporTs it sees may still come with theirs. */
  readonly explaining: VerificationService
  /** Reads the files again; undefined where callers are not verified. Throws where one is unusable. */
  readTrust(): Trust | undefined
  useTrust(trust: Trust): void
}

interface Around {
  readonly values: SettingValues
  readonly clock: Clock
  readonly logger: Logger
}

/** What verifying a caller may take besides fetching the certificate. */
const workMaxMs = 1_000

/** What verifying a caller may take, with the certificates that are fetched for it. */
export function verificationMaxMs(values: SettingValues): number {
  return values['verification.fetchTimeoutMs'] + workMaxMs
}

/** Opens the verification of callers as the settings want it. Fails where a file cannot be used. */
export function openVerification({ values, clock, logger }: Around): Verifying {
  const trustNow = () => {
    const files = readVerificationFiles(values)
    return files && readTrust(files)
  }
  const trust = trustNow()
  if (!trust) {
    const off = { service: noVerification, explaining: noVerification }
    return { ...off, readTrust: trustNow, useTrust: () => undefined }
  }
  const fetch = createFetcher({
    network: systemNetwork(readServerCa(values)),
    guard: createAddressGuard(),
    clock,
    timeoutMs: values['verification.fetchTimeoutMs'],
  })
  const allowedHosts = values['verification.allowedHosts']
  const chains = new ChainStore({ clock, allowedHosts, fetch }, trust)
  const parts = {
    chains,
    logger,
    skewMs: values['verification.freshnessS'] * 1000,
    divertedAgeMaxMs: values['verification.divertedAgeMaxS'] * 1000,
  }
  return {
    service: createVerificationService({ ...parts, replays: new ReplayGuard(clock) }),
    explaining: createVerificationService({ ...parts, replays: { claims: () => true } }),
    readTrust: trustNow,
    useTrust: (next) => chains.useTrust(next),
  }
}
