import { Failure } from '../../kernel/failure.ts'

/** The longest line of a stream that is read. */
const lineCharsMax = 65_536

/** One event of a stream. */
export interface StreamEvent {
  readonly id: string | undefined
  readonly event: string
  readonly data: string
}

/** Reads server-sent events. HTML 9.2.6, as far as a gate sends them: one line of data each. */
export async function* readEvents(
  chunks: AsyncIterable<Buffer>,
): AsyncGenerator<StreamEvent, void, void> {
  let fields = new Map<string, string>()
  for await (const line of linesOf(chunks)) {
    if (line === '') {
      const data = fields.get('data')
      if (data !== undefined) {
        yield { id: fields.get('id'), event: fields.get('event') ?? 'message', data }
      }
      fields = new Map()
      continue
    }
    const [name = '', ...rest] = line.split(':')
    if (name !== '') fields.set(name, rest.join(':').replace(/^ /, ''))
  }
}

async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<string, void, void> {
  const decoder = new TextDecoder()
  let rest = ''
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > lineCharsMax) throw new Failure('too_large', 'an event is too long')
    for (const line of lines) yield line.replace(/\r$/, '')
  }
}
