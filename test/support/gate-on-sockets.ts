import type { GateDeps } from '../../src/app.ts'
import { startGate } from '../../src/app.ts'
import { readSettings } from '../../src/config/load.ts'
import { problemsText } from '../../src/config/problem.ts'
import { UdpUa } from './udp-ua.ts'

export interface OnSockets {
  /** Where its files go. */
  readonly folder: string
  /** Sections of its settings besides those that it needs to run; `policies` has one, `p`. */
  readonly settings: object
  readonly stack: AsyncDisposableStack
  readonly deps?: GateDeps
}

/** A gate in this process with one tenant, `acme`, a PBX with its key, and a carrier, which are sockets. */
export async function gateOnSockets({ folder, settings, stack, deps }: OnSockets) {
  const carrier = await UdpUa.open()
  const pbx = await UdpUa.open()
  stack.defer(() => carrier.close())
  stack.defer(() => pbx.close())
  const result = readSettings({
    environment: {},
    text: JSON.stringify({
      engine: { listen: ['udp/127.0.0.1:0'] },
      store: { path: `${folder}/store.sqlite` },
      audit: { dir: `${folder}/audit` },
      log: { level: 'silent' },
      tenants: [{ id: 'acme' }],
      keys: [
        {
          id: 'pbx',
          tenant: 'acme',
          policy: 'p',
          generate: true,
          allowedSources: ['127.0.0.0/8'],
        },
      ],
      carriers: [{ id: 'c', gateways: [{ id: 'c1', host: '127.0.0.1', port: carrier.port }] }],
      ...settings,
    }),
  })
  if (!result.ok) throw new Error(problemsText(result.problems))
  const gate = stack.use(await startGate(result.settings, deps))
  let calls = 0
  return {
    gate,
    carrier,
    pbx,
    values: result.settings.values,
    /** Has the PBX call, with further header fields. */
    invite: (caller: string, callee: string, ...fields: readonly string[]) => {
      const nth = ++calls
      const lines = [
        `INVITE sip:${callee}@127.0.0.1 SIP/2.0`,
        `Via: SIP/2.0/UDP 127.0.0.1:${pbx.port};branch=z9hG4bK${nth}`,
        ...[`From: <sip:${caller}@pbx.example>;tag=1`, `To: <sip:${callee}@127.0.0.1>`],
        ...[`Call-ID: call-${nth}`, 'CSeq: 1 INVITE', `Contact: <sip:a@127.0.0.1:${pbx.port}>`],
        ...['Max-Forwards: 70', `X-API-Key: ${gate.keys.get('pbx')?.reveal()}`, ...fields],
      ]
      pbx.send(lines, '', gate.listening[0]?.port ?? 0)
    },
  }
}
