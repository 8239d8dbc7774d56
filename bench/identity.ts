import { execFileSync } from 'node:child_process'
import { generateKeyPairSync, sign, verify } from 'node:crypto'
import { promisify } from 'node:util'
import { Worker } from 'node:worker_threads'
import { base64url, compactVerify } from 'jose'
import {
  type CallStatement,
  encodeClaims,
  passportHeader,
  passportsOf,
} from '../src/identity/passport.ts'
import { createSigner } from '../src/identity/signer.ts'
import { systemClock } from '../src/kernel/clock.ts'
import { admittedCpu } from './cpu.ts'
import { median } from './cpu-of.ts'
import type { Plan } from './plan.ts'
import type { Report, Row } from './report.ts'

const x5u = 'https://cert.example.org/cert/0123456789abcdef.pem'
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const nodeKey = { key: privateKey, dsaEncoding: 'ieee-p1363' } as const
const statement: CallStatement = {
  attestation: 'A',
  origE164: '+12155550121',
  destE164: '+12155550131',
  origId: '123e4567-e89b-12d3-a456-426655440000',
}

/** One way to sign or to verify. */
interface Way {
  readonly how: string
  run(): unknown
}

interface Cost {
  readonly cpuUs: number
  /** Of the thread that has the event loop. */
  readonly loopUs: number
  readonly perS: number
}

/** What a signature and its check cost, in which way, and what of a whole call that is. */
export async function identityCosts(plan: Plan): Promise<readonly Report[]> {
  const thread = openThread()
  const signing = signingWays(thread.sign)
  const verifying = await verifyingWays()
  const rows: Row[] = []
  const costs = new Map<string, Cost>()
  for (const { how, run } of [...signing, ...verifying]) {
    for (const together of [1, 16]) {
      const cost = await costOf(run, together, plan.rounds)
      costs.set(`${how} ${together}`, cost)
      const { cpuUs, loopUs, perS } = cost
      rows.push({ how, together, 'per CPU s': 1e6 / cpuUs, 'loop us': loopUs, 'per s': perS })
    }
  }
  await thread.close()
  rows.push(...opensslRows())
  const notes = [
    'per CPU s: of all threads together; loop: CPU time of the thread with the event loop, for each',
    'the gate signs in the first way; openssl: `openssl speed ecdsap256`, the curve alone',
  ]
  const title = 'Signatures and their checks, ES256'
  const ours = costs.get(`${signing[0]?.how} 1`)
  return [{ name: 'identity', title, rows, notes }, await shareOf(plan, ours?.cpuUs ?? Number.NaN)]
}

async function shareOf(plan: Plan, signUs: number): Promise<Report> {
  const rates = plan.rates.slice(-1)
  const { rows } = await admittedCpu({ ...plan, rates, afterS: 0 })
  const whole = Number(rows[0]?.whole)
  const row = {
    'calls/s': rates[0] ?? 0,
    'call ms': whole,
    'signature ms': signUs / 1000,
    'share %': signUs / 10 / whole || Number.NaN,
  }
  return { name: 'identity-share', title: 'What of an admitted call is its signature', rows: [row] }
}

function signingWays(inThread: (input: string) => Promise<string>): Way[] {
  const signer = createSigner({ privateKey, x5u, clock: systemClock() })
  const inPool = promisify(
    (input: Buffer, done: (error: Error | null, signature: Buffer) => void) =>
      void sign('sha256', input, nodeKey, done),
  )
  return [
    { how: 'sign: jose, thread pool', run: () => signer.sign(statement) },
    {
      how: 'sign: node:crypto, thread pool',
      run: async () => jws(await inPool(Buffer.from(inputOf()))),
    },
    {
      how: 'sign: node:crypto, on the loop',
      run: () => jws(sign('sha256', Buffer.from(inputOf()), nodeKey)),
    },
    { how: 'sign: node:crypto, a thread of its own', run: () => inThread(inputOf()) },
  ]
}

async function verifyingWays(): Promise<Way[]> {
  const { identities } = await createSigner({ privateKey, x5u, clock: systemClock() }).sign(
    statement,
  )
  const token = identities[0]?.split(';')[0] ?? ''
  const [header, claims, signature = ''] = token.split('.')
  const key = publicKey.toCryptoKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['verify'])
  const input = Buffer.from(`${header}.${claims}`)
  const bytes = Buffer.from(signature, 'base64url')
  return [
    { how: 'verify: jose, thread pool', run: () => compactVerify(token, key) },
    {
      how: 'verify: node:crypto, on the loop',
      run: () => verify('sha256', input, { ...nodeKey, key: publicKey }, bytes),
    },
  ]
}

/** What is signed, put together by jose's encoder. */
function inputOf(): string {
  const [passport] = passportsOf(statement, Math.floor(Date.now() / 1000))
  const header = base64url.encode(JSON.stringify(passportHeader(x5u, 'shaken')))
  return `${header}.${base64url.encode(encodeClaims(passport?.claims ?? {}))}`
}

function jws(signature: Buffer): string {
  return base64url.encode(signature)
}

function openThread() {
  const workerData = privateKey.export({ type: 'pkcs8', format: 'pem' })
  const worker = new Worker(new URL('identity-thread.ts', import.meta.url), { workerData })
  const waiting = new Map<number, (signature: string) => void>()
  let last = 0
  worker.on('message', ({ id, signature }) => {
    waiting.get(id)?.(signature)
    waiting.delete(id)
  })
  return {
    sign: (input: string) =>
      new Promise<string>((resolve) => {
        const id = ++last
        waiting.set(id, resolve)
        worker.postMessage({ id, input })
      }),
    close: () => worker.terminate(),
  }
}

/** So many at once, one after the other in each lane; the median of the rounds counts. */
async function costOf(run: () => unknown, together: number, rounds: number): Promise<Cost> {
  const perRound = 8000
  const costs: Cost[] = []
  for (let round = 0; round <= rounds; round++) {
    let left = perRound
    const lane = async () => {
      while (left-- > 0) await run()
    }
    const [all, loop, start] = [process.cpuUsage(), process.threadCpuUsage(), performance.now()]
    await Promise.all(Array.from({ length: together }, lane))
    const perS = (perRound / (performance.now() - start)) * 1000
    const each = ({ user, system }: NodeJS.CpuUsage) => (user + system) / perRound
    costs.push({
      cpuUs: each(process.cpuUsage(all)),
      loopUs: each(process.threadCpuUsage(loop)),
      perS,
    })
  }
  // The first round warms up.
  const counted = costs.slice(1)
  const middle = (of: (cost: Cost) => number) => median(counted.map(of))
  return {
    cpuUs: middle((c) => c.cpuUs),
    loopUs: middle((c) => c.loopUs),
    perS: middle((c) => c.perS),
  }
}

function opensslRows(): Row[] {
  const args = ['speed', '-seconds', '3', 'ecdsap256']
  const text = execFileSync('openssl', args, { encoding: 'utf8', stdio: 'pipe' })
  const [, signs, verifies] = /([\d.]+)\s+([\d.]+)\s*$/.exec(text.trim()) ?? []
  const row = (how: string, perS: string | undefined) => {
    const rate = Number(perS)
    return { how, together: 1, 'per CPU s': rate, 'loop us': 1e6 / rate, 'per s': rate }
  }
  return [row('sign: openssl speed', signs), row('verify: openssl speed', verifies)]
}
