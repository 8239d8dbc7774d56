import { createPrivateKey, createPublicKey, sign } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { readCheckpoint } from '../../src/audit/note/checkpoint.ts'
import { type VerifierKey, verifierKeyText } from '../../src/audit/note/key.ts'
import { isSignedBy } from '../../src/audit/note/note.ts'
import { isConsistent } from './consistency.ts'

/** A witness as c2sp.org/tlog-witness has it, of one log, that can be told to misbehave. */
export interface TestWitness extends AsyncDisposable {
  readonly key: string
  readonly url: string
  /** Status codes that it has answered. */
  readonly answers: number[]
  /** Sizes that it has cosigned. */
  readonly cosigned: number[]
  /** What it does instead of its work; undefined: its work. */
  trick: ((answer: string) => { status: number; body: string }) | undefined
}

export async function startWitness(logKey: () => VerifierKey): Promise<TestWitness> {
  const name = 'witness.example/w1'
  const der = Buffer.from(`302e020100300506032b657004220420${'07'.repeat(32)}`, 'hex')
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  const { x = '' } = createPublicKey(privateKey).export({ format: 'jwk' })
  const key = verifierKeyText(name, 4, Buffer.from(x, 'base64url'))
  const id = Buffer.from(key.split('+')[1] ?? '', 'hex')
  let known = { size: 0, root: Buffer.alloc(0) }
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const made = judge(Buffer.concat(parts).toString())
    const { status, body } = witness.trick?.(made.body) ?? made
    witness.answers.push(status)
    if (status === 409) response.setHeader('Content-Type', 'text/x.tlog.size')
    response.writeHead(status).end(body)
  })

  function judge(text: string): { status: number; body: string } {
    const split = text.indexOf('\n\n')
    const [old = '', ...hashes] = text.slice(0, split).split('\n')
    const checkpoint = readCheckpoint(Buffer.from(text.slice(split + 2)))
    if (!checkpoint || !/^old \d+$/.test(old)) return { status: 400, body: '' }
    if (!isSignedBy(checkpoint.note, logKey())) return { status: 403, body: '' }
    const from = Number(old.slice(4))
    if (from !== known.size) return { status: 409, body: `${known.size}\n` }
    const proof = hashes.map((hash) => Buffer.from(hash, 'base64'))
    const isGood =
      from === 0 ? proof.length === 0 : isConsistent({ from: known, to: checkpoint, proof })
    if (!isGood) return { status: 422, body: '' }
    known = { size: checkpoint.size, root: Buffer.from(checkpoint.root) }
    witness.cosigned.push(checkpoint.size)
    const time = 1_767_614_400n
    const message = `cosignature/v1\ntime ${time}\n${checkpoint.note.text}`
    const stamp = Buffer.alloc(8)
    stamp.writeBigUInt64BE(time)
    const bytes = Buffer.concat([id, stamp, sign(null, Buffer.from(message), privateKey)])
    return { status: 200, body: `— ${name} ${bytes.toString('base64')}\n` }
  }

  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const witness: TestWitness = {
    key,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answers: [],
    cosigned: [],
    trick: undefined,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return witness
}
