import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createSigner } from '../../src/identity/signer.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { issue } from '../identity/verification/pki.ts'
import { testCa } from './certificates.ts'

const host = 'cert.lab.test'
const originId = '1c9de5bc-0f29-4be5-9bd7-6b2f4d1d1c8e'

/** A carrier that signs its calls, with a certificate that a gate in a lab may fetch. */
export interface SigningCarrier extends AsyncDisposable {
  /** The section of a gate's settings by which it believes the carrier. */
  readonly verification: object
  /** The value of an Identity field for a call as of now. */
  identity(caller: string, called: string): Promise<string>
}

/** Issues the carrier's certificates and serves the one that signs; files go into the folder. */
export async function openSigningCarrier(folder: string): Promise<SigningCarrier> {
  const nowMs = Date.now()
  const root = await issue({ ca: true, nowMs })
  const leaf = await issue({ issuer: root, nowMs })
  const web = await testCa()
  const { certificate: cert, key } = await web.issue(`DNS:${host}`)
  const server = createServer({ cert, key }, (_request, response) => void response.end(leaf.pem))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const [trustAnchors, serverCa] = [join(folder, 'anchors.pem'), join(folder, 'web.pem')]
  await writeFile(trustAnchors, root.pem)
  await writeFile(serverCa, web.pem)
  const x5u = `https://${host}:${port}/shaken.pem`
  const signer = createSigner({ privateKey: leaf.privateKey, x5u, clock: systemClock() })
  return {
    verification: { trustAnchors, serverCa, allowedHosts: [`${host}:${port}=127.0.0.1`] },
    identity: async (origE164, destE164) => {
      const statement = { attestation: 'A', origE164, destE164, origId: originId } as const
      return (await signer.sign(statement)).identities[0] ?? ''
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
