import type { RawMessage } from './raw-message.ts'
import { depthMax, partsMax, plainEncodings } from './session-body.ts'

/** Content that says nothing of who calls, whom, or who pays. */
const harmless: ReadonlySet<string> = new Set([
  'application/sdp',
  'application/octet-stream',
  'text/plain',
])
/** RFC 2045 5.2, 6.1: what a part is that does not say. */
const typeUnsaid = 'text/plain'
const encodingUnsaid = '7bit'

/** RFC 2045 5.1: type, subtype and parameters, and nothing that one reader skips and another takes. */
const typeForm =
  /^([\w!#$&^.+-]{1,64}\/[\w!#$&^.+-]{1,64})((?:[ \t]*;[ \t]*[\w-]{1,64}=(?:[\w'()+,./:?-]{1,70}|"[\w'()+,./:=? -]{1,70}"))*)$/
const parameter = /;[ \t]*([\w-]+)=(?:"([^"]*)"|([^;]*))/g
const partField = /^(content-[a-z-]{1,32}|mime-version):[ \t]*([\t\x20-\x7e]*)$/i

/**
 * Whether a body can go on byte for byte: it is of content that names nobody, and where it has parts
 * no reader can find others in it than we do. Never throws.
 */
export function passesWhole(message: RawMessage): boolean {
  if (message.count('content-type') !== 1 || message.count('content-encoding') > 0) return false
  return isHarmless(message.first('content-type') ?? '', message.body, depthMax)
}

function isHarmless(value: string, body: string, depthLeft: number): boolean {
  const [, type = '', parameters = ''] = typeForm.exec(value) ?? []
  if (harmless.has(type.toLowerCase())) return true
  if (depthLeft === 0 || !/^multipart\//i.test(type)) return false
  const boundary = boundaryIn(parameters)
  const parts = boundary === undefined ? undefined : partsOf(body, boundary)
  return parts?.every((part) => isHarmlessPart(part, depthLeft - 1)) ?? false
}

/** The one boundary among the parameters; undefined where there is none, or several. */
function boundaryIn(parameters: string): string | undefined {
  const values = [...parameters.matchAll(parameter)]
    .filter(([, name]) => name?.toLowerCase() === 'boundary')
    .map(([, , quoted, bare]) => quoted ?? bare)
  return values.length === 1 ? values[0] : undefined
}

/**
 * What stands between the boundaries; undefined where one of them stands anywhere but on a line of its
 * own, or something before the first or behind the last. RFC 2046 5.1.1.
 */
function partsOf(body: string, boundary: string): readonly string[] | undefined {
  const [before, ...rest] = body.split(`--${boundary}`, partsMax + 3)
  const after = rest.pop()
  if (before !== '' || rest.length === 0 || rest.length > partsMax) return undefined
  if (after !== '--' && after !== '--\r\n') return undefined
  const areLines = rest.every((part) => /^\r\n.*\r\n$/s.test(part))
  return areLines ? rest.map((part) => part.slice(2, -2)) : undefined
}

function isHarmlessPart(part: string, depthLeft: number): boolean {
  const headEnd = part.startsWith('\r\n') ? 0 : part.indexOf('\r\n\r\n') + 2
  if (headEnd === 1) return false
  const fields = new Map<string, string>()
  for (const line of part.slice(0, headEnd).split('\r\n').slice(0, -1)) {
    const [, name = '', value = ''] = partField.exec(line) ?? []
    if (name === '' || fields.has(name.toLowerCase())) return false
    fields.set(name.toLowerCase(), value.trim())
  }
  const encoding = fields.get('content-transfer-encoding') ?? encodingUnsaid
  if (!plainEncodings.has(encoding.toLowerCase())) return false
  return isHarmless(fields.get('content-type') ?? typeUnsaid, part.slice(headEnd + 2), depthLeft)
}
