import { createPrivateKey, sign } from 'node:crypto'
import { parentPort, workerData } from 'node:worker_threads'

// A thread that signs what it is sent: what `bench/identity.ts` compares the thread pool with.

const key = { key: createPrivateKey(String(workerData)), dsaEncoding: 'ieee-p1363' } as const

parentPort?.on('message', ({ id, input }: { id: number; input: string }) => {
  const signature = sign('sha256', Buffer.from(input), key)
  parentPort?.postMessage({ id, signature: signature.toString('base64url') })
})
