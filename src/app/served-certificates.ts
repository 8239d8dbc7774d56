import { readApiTls } from '../config/api-settings.ts'
import type { SettingValues } from '../config/settings.ts'
import { readTlsFiles, type TlsFiles } from '../config/tls-files.ts'
import { type CertificateEnd, endOf } from '../identity/expiry-watch.ts'
import type { ServerCertificate } from '../kernel/bounded-http-server.ts'

/** What SIP and the API are served with over TLS. */
export interface ServedCertificates {
  /** When the certificates in use end. */
  ends(): readonly CertificateEnd[]
  useSip(files: TlsFiles): void
  useApi(tls: ServerCertificate): void
}

/** Those that the start reads; where the engine stands apart, those of SIP are not the gate's. */
export function openServedCertificates(values: SettingValues): ServedCertificates {
  let sip = values['engine.kind'] === 'embedded' ? readTlsFiles(values) : undefined
  let api: ServerCertificate | undefined = readApiTls(values)
  return {
    ends: () => [
      ...(sip ? [sip, ...sip.names].map((each) => ended('sip', each)) : []),
      ...(api ? [ended('api', api)] : []),
    ],
    useSip: (files) => {
      sip = files
    },
    useApi: (tls) => {
      api = tls
    },
  }
}

function ended(
  use: CertificateEnd['use'],
  { certificate, name }: { readonly certificate: string; readonly name?: string },
): CertificateEnd {
  return { use, name, notAfterMs: endOf(certificate) }
}
