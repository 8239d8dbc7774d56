import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startEngine } from '../../src/engine/start.ts'
import { ownFolder } from './gate.ts'
import { configFor, type GateConfig } from './gate-config.ts'
import { drachtioSecret, startDrachtio } from './gate-drachtio.ts'
import { keepPort } from './gate-ports.ts'

export interface ApartPorts {
  readonly sipPort: number
  readonly adminPort: number
}

/** An engine that gates connect to, as it stands beside them in production. */
export async function startApart(
  kind: string,
  { sipPort, adminPort }: ApartPorts,
): Promise<AsyncDisposable> {
  if (kind === 'drachtio') return startDrachtio({ sipPort, adminPort })
  const at = { address: '127.0.0.1', port: sipPort }
  const engine = await startEngine({
    listen: [
      { protocol: 'udp', ...at },
      { protocol: 'tcp', ...at },
    ],
    admin: { address: '127.0.0.1', port: adminPort, secret: drachtioSecret },
  })
  return { [Symbol.asyncDispose]: () => engine.close() }
}

interface TwoGates extends Pick<GateConfig, 'settings'> {
  readonly adminPort: number
  readonly carrierPort: number
}

/** Settings of two gates that know the same keys, and where each has its audit log. */
export async function twoGates(
  stack: AsyncDisposableStack,
  { adminPort, carrierPort, settings }: TwoGates,
) {
  const folder = await ownFolder(stack)
  const identityPort = await keepPort()
  const engine = { kind: 'drachtio', adminPort, secret: drachtioSecret } as const
  const carrierPorts = [carrierPort]
  const { text, keys } = configFor({ engine, folder, identityPort, carrierPorts, settings })
  const others = [folder, join(folder, 'second')]
  const files: string[] = []
  for (const [index, own] of others.entries()) {
    await mkdir(join(own, 'audit'), { recursive: true })
    const port = index === 0 ? identityPort : await keepPort()
    files.push(join(own, 'tollgate.yaml'))
    const ours = text.replaceAll(`${folder}/`, `${own}/`)
    await writeFile(files[index] ?? '', ours.replace(`"port": ${identityPort}`, `"port": ${port}`))
  }
  return { files, keys, audits: others.map((own) => join(own, 'audit')) }
}
