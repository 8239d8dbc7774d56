// The library looks for this polyfill while it is loaded, so it stands first.
import 'reflect-metadata'
import * as x509 from '@peculiar/x509'

/** Certificates, requests and revocation lists (RFC 5280, 2986), ready to be used. */
export { x509 }
