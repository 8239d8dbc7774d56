import type { SettingRow } from './setting-row.ts'
import * as type from './types.ts'

/** The settings of what signs calls, and of where its certificates are. */
export const identitySettings = {
  'identity.certificateDir': {
    env: 'TOLLGATE_IDENTITY_CERTIFICATE_DIR',
    default: 'data/identity',
    type: type.text(1000),
    help: 'Directory of the signing key and its certificate that the gate makes at the first start where identity.certificate is not set.',
  },
  'identity.spc': {
    env: 'TOLLGATE_IDENTITY_SPC',
    default: 'TEST',
    type: type.spc,
    help: 'Service Provider Code in the TNAuthList of that certificate.',
  },
  'identity.x5uBase': {
    env: 'TOLLGATE_IDENTITY_X5U_BASE',
    default: undefined,
    type: type.httpUrl.optional(),
    help: 'Public base URL of certificates, put into every PASSporT; without it, identity.host and identity.port. Needed where identity.host is not loopback and identity.tls is not set.',
  },
  'identity.certificate': {
    env: 'TOLLGATE_IDENTITY_CERTIFICATE',
    default: undefined,
    type: type.text(1000).optional(),
    help: 'PEM file with the certificate that calls are signed with, its chain below it; read again on SIGHUP. Without it, one is made in identity.certificateDir.',
  },
  'identity.key': {
    env: 'TOLLGATE_IDENTITY_KEY',
    default: undefined,
    type: type.text(1000).optional(),
    help: 'PEM file with the P-256 key of that certificate, PKCS#8 or SEC 1; read again on SIGHUP.',
  },
  'identity.keyPem': {
    env: 'TOLLGATE_IDENTITY_KEY_PEM',
    default: undefined,
    type: type.pemSecret.optional(),
    help: 'That key itself instead of a file; give it by the environment.',
  },
  'identity.activationDelayS': {
    env: 'TOLLGATE_IDENTITY_ACTIVATION_DELAY_S',
    default: 0,
    type: type.whole(0, 86_400),
    help: 'For how many seconds a certificate that came by SIGHUP is served before it signs, for gates that are reloaded in turn.',
  },
  'identity.tls.certificate': {
    env: 'TOLLGATE_IDENTITY_TLS_CERTIFICATE',
    default: undefined,
    type: type.text(1000).optional(),
    help: 'PEM file with the certificate for https on identity.port, its chain below it; read again on SIGHUP. Without it, http.',
  },
  'identity.tls.key': {
    env: 'TOLLGATE_IDENTITY_TLS_KEY',
    default: undefined,
    type: type.text(1000).optional(),
    help: 'PEM file with the key of that certificate.',
  },
  'identity.host': {
    env: 'TOLLGATE_IDENTITY_HOST',
    default: '127.0.0.1',
    type: type.host,
    help: 'Address on which certificates are served.',
  },
  'identity.port': {
    env: 'TOLLGATE_IDENTITY_PORT',
    default: 8080,
    type: type.port,
    help: 'Port on which certificates are served; 0 lets the system choose.',
  },
} as const satisfies Record<string, SettingRow>
