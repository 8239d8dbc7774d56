import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestCa } from '../support/certificates.ts'
import { startTestGate, type TestGate } from '../support/gate.ts'
import type { GateConfig } from '../support/gate-config.ts'
import { keepPort } from '../support/gate-ports.ts'

export interface PeerGateOptions {
  /** Where its only carrier listens. */
  readonly carrierPort: number
  readonly carrierTransport?: GateConfig['carrierTransport']
  /** Whom it believes, and who gives it its certificate. */
  readonly ca: TestCa
  readonly tlsKeyLog?: string | undefined
  /** Whose pages may connect; any unless given. */
  readonly webSocketOrigins?: readonly string[]
  readonly transfers?: 'relay' | 'refuse' | undefined
}

/** A gate that listens on every transport. */
export interface PeerGate extends AsyncDisposable {
  readonly gate: TestGate
  readonly ports: Readonly<Record<'plain' | 'tls' | 'ws' | 'wss', number>>
}

/** Starts a gate for peers of all kinds; UDP and TCP share the port `plain`. */
export async function startPeerGate(options: PeerGateOptions): Promise<PeerGate> {
  await using stack = new AsyncDisposableStack()
  const { ca, transfers = 'refuse', carrierPort, carrierTransport, webSocketOrigins } = options
  const ports = {
    plain: await keepPort(),
    tls: await keepPort(),
    ws: await keepPort(),
    wss: await keepPort(),
  }
  const folder = await mkdtemp(join(tmpdir(), 'tollgate-peers-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  const own = await ca.issue('IP:127.0.0.1', 'DNS:localhost')
  const files = { 'own.pem': own.certificate, 'own.key': own.key, 'ca.pem': ca.pem }
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  const gate = stack.use(
    await startTestGate({
      carrierPorts: [carrierPort],
      carrierTransport,
      tlsKeyLog: options.tlsKeyLog,
      noAnswerTimeoutMs: 10_000,
      ringTimeoutMs: 30_000,
      settings: {
        relay: { transfers, blindNoAnswerTimeoutMs: 10_000 },
        engine: {
          listen: [
            ...[`udp/127.0.0.1:${ports.plain}`, `tcp/127.0.0.1:${ports.plain}`],
            ...[`tls/127.0.0.1:${ports.tls}`],
            ...[`ws/127.0.0.1:${ports.ws}`, `wss/127.0.0.1:${ports.wss}`],
          ],
          ...(webSocketOrigins && { webSocketOrigins }),
          tls: {
            certificate: join(folder, 'own.pem'),
            key: join(folder, 'own.key'),
            serverCa: join(folder, 'ca.pem'),
          },
        },
      },
    }),
  )
  const held = stack.move()
  return { gate, ports, [Symbol.asyncDispose]: () => held.disposeAsync() }
}
