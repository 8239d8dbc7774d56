import fc from 'fast-check'

/** What of JSON Schema our documents use. */
export interface JsonSchema {
  readonly type?: string
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly anyOf?: readonly JsonSchema[]
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly items?: JsonSchema
  readonly pattern?: string
  readonly format?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly maxLength?: number
}

/** Texts that parsers stumble over. */
const oddTexts = [
  ...['', ' ', '0', '-1', '1e309', 'null', '../..', '%00', '\u0000', '\ud800', "' OR 1=1 --"],
  ...['__proto__', 'constructor', '{{7*7}}', 'a'.repeat(300), '+1', '2026-13-45T99:99:99Z'],
]

const odd = fc.oneof(fc.constantFrom(...oddTexts), fc.string({ unit: 'binary', maxLength: 40 }))
const anything = fc.oneof(odd, fc.integer(), fc.double(), fc.boolean(), fc.constant(null))

/** Values that the schema describes, and now and then one that it does not. */
export function anyOf(schema: JsonSchema): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 7, arbitrary: fitting(schema) }, { weight: 1, arbitrary: anything })
}

function fitting(schema: JsonSchema): fc.Arbitrary<unknown> {
  if (schema.enum) return fc.constantFrom(...schema.enum)
  if (schema.const !== undefined) return fc.constant(schema.const)
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map((one) => anyOf(one)))
  switch (schema.type) {
    case 'object':
      return anyObject(schema)
    case 'array':
      return fc.array(anyOf(schema.items ?? {}), { maxLength: 3 })
    case 'integer':
    case 'number':
      return fc.integer({
        min: Math.max(schema.minimum ?? -10, Number.MIN_SAFE_INTEGER),
        max: Math.min(schema.maximum ?? 1_000, Number.MAX_SAFE_INTEGER),
      })
    case 'boolean':
      return fc.boolean()
    case 'null':
      return fc.constant(null)
    case 'string':
      return anyText(schema)
    default:
      return anything
  }
}

function anyObject({ properties = {}, required = [] }: JsonSchema): fc.Arbitrary<unknown> {
  const members = Object.entries(properties).map(([name, one]) => [name, anyOf(one)])
  const known = fc.record(Object.fromEntries(members), { requiredKeys: [...required] as never[] })
  const more = fc.dictionary(odd, anything, { maxKeys: 2 })
  return fc.oneof(
    { weight: 6, arbitrary: known },
    { weight: 1, arbitrary: fc.tuple(known, more).map(([one, other]) => ({ ...one, ...other })) },
  )
}

function anyText({ format, pattern, maxLength = 60 }: JsonSchema): fc.Arbitrary<string> {
  if (format === 'date-time') {
    return fc
      .date({ noInvalidDate: true, min: new Date(0), max: new Date('2100-01-01') })
      .map((at) => at.toISOString())
  }
  // fast-check makes nothing for what looks ahead.
  const isMade = pattern !== undefined && !pattern.includes('(?!')
  if (isMade) return fc.stringMatching(new RegExp(pattern))
  return fc.string({ maxLength })
}
