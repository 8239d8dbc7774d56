import type { Lookup } from '../../../src/engine/locate/lookup.ts'
import type { Request } from '../../../src/engine/message/message.ts'
import type { AppRequest } from '../../../src/engine/protocol/types.ts'
import { readProxyCommand } from '../../../src/engine/proxy/command.ts'
import { answerTo, type FakeApp, invite, openBench } from '../stack/bench.ts'

export const bob = 'sip:bob@127.0.0.1:5080'
export const carol = 'sip:carol@127.0.0.1:5081'

/** What of a `proxy` frame is not as drachtio-srf writes it by default. */
export interface ProxyOptions {
  readonly remain?: boolean
  readonly full?: boolean
  readonly follow?: boolean
  readonly simultaneous?: boolean
  readonly provisional?: string
  readonly final?: string
  readonly headers?: AppRequest['headers']
}

/** A bench with an app that has a call to proxy. */
export function openProxyBench(
  more = '',
  limits = {},
  { lookup, ...parts }: { cdrs?: boolean; lookup?: Lookup } = {},
) {
  const bench = openBench(limits, lookup, parts)
  const app = bench.app('invite')
  let frames = 0

  function proxyAs(
    owner: FakeApp,
    transactionId: string,
    options: ProxyOptions,
    targets: readonly string[],
  ): string {
    frames += 1
    const frameId = `p${frames}`
    const words = [
      options.remain ? 'remainInDialog' : '',
      options.full === false ? '' : 'fullResponse',
      options.follow ? 'followRedirects' : '',
      options.simultaneous ? 'simultaneous' : 'serial',
      options.provisional ?? '',
      options.final ?? '',
    ]
    const fields = [frameId, 'proxy', transactionId, ...words, ...targets]
    const command = readProxyCommand(fields)
    if (!command) throw new Error('no command')
    const message: AppRequest = {
      kind: 'request',
      startLine: '',
      method: 'INVITE',
      uri: '',
      headers: options.headers ?? [],
      body: Buffer.alloc(0),
    }
    bench.core.proxyRequest(owner, command, message)
    return frameId
  }

  return {
    ...bench,
    app,
    anotherApp: bench.app,
    proxyAs,
    /** The app gets an INVITE and has it proxied. */
    call(options: ProxyOptions, ...targets: string[]): string {
      bench.receive(invite(more))
      const id = app.delivered('INVITE')?.fields[8] ?? ''
      return proxyAs(app, id, options, targets)
    },
    /** The copies of a method that were sent to this port. */
    sentTo(port: number, method = 'INVITE'): Request[] {
      return bench.sent
        .filter(({ to }) => to.port === port)
        .map(({ message }) => message)
        .filter((message) => message.kind === 'request' && message.method === method) as Request[]
    },
    /** The target at this port answers the last copy it got. */
    answer(port: number, status: number, parts: Parameters<typeof answerTo>[2] = {}): void {
      const request = this.sentTo(port).at(-1)
      if (!request) throw new Error(`nothing was sent to ${port}`)
      bench.receive(answerTo(request, status, { tag: `t${port}`, ...parts }), { port })
    },
    statuses: (): number[] => bench.responses().map(({ status }) => status),
    verdicts: (frameId: string): string[] =>
      app.replies(frameId).map(({ fields }) => `${fields.slice(3).at(0)} ${fields.at(-1)}`),
  }
}
