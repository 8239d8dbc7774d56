import fc from 'fast-check'
import { expect, test } from 'vitest'
import { canonicalForm, canonicalJson, remembered } from '../../src/kernel/canonical-json.ts'
import { Secret } from '../../src/kernel/secret.ts'

test('RFC 8785 3.2.3: members stand in the order of their UTF-16 code units', () => {
  const value = {
    '€': 'Euro Sign',
    '\r': 'Carriage Return',
    '\ufb33': 'Hebrew Letter Dalet With Dagesh',
    '1': 'One',
    '😀': 'Emoji: Grinning Face',
    '\u0080': 'Control',
    ö: 'Latin Small Letter O With Diaeresis',
  }
  expect(Object.keys(JSON.parse(canonicalJson(value)))).toHaveLength(7)
  const names = [...canonicalJson(value).matchAll(/"([^"]+)":/g)].map(([, name]) => name)
  expect(names).toEqual(['\\r', '1', '\u0080', 'ö', '€', '😀', '\ufb33'])
})

test('RFC 8785 3.2.2: numbers and strings are printed as ECMAScript prints them', () => {
  expect(canonicalJson([Number('333333333.33333329'), 1e30, 4.5, 2e-3, 1e-27, -0])).toBe(
    '[333333333.3333333,1e+30,4.5,0.002,1e-27,0]',
  )
  expect(canonicalJson('€$\u000f\nA\'B"\\\\"/')).toBe('"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"')
})

test('what goes in comes out, however its members were ordered', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6, stringUnit: 'binary' }), (value) => {
      const text = canonicalJson(value)
      expect(canonicalJson(JSON.parse(text))).toBe(text)
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)))
    }),
  )
})

test('two objects with the same members have one text', () => {
  const members = fc.dictionary(fc.string(), fc.integer(), { minKeys: 1, maxKeys: 40 })
  fc.assert(
    fc.property(members, (object) => {
      const reversed = Object.fromEntries(Object.entries(object).reverse())
      expect(canonicalJson(reversed)).toBe(canonicalJson(object))
    }),
  )
})

test('a member that is undefined is left out', () => {
  expect(canonicalJson({ b: undefined, a: 1, c: {} })).toBe('{"a":1,"c":{}}')
})

test('what JSON cannot say is refused, and so is everything with hidden fields', () => {
  const endless: unknown[] = []
  endless.push(endless)
  const refused = [undefined, [undefined], Number.NaN, 1n, () => 1, new Date(0), endless]
  for (const value of [...refused, Buffer.from('x'), new Map(), { secret: new Secret('s') }]) {
    expect(() => canonicalJson(value)).toThrow(TypeError)
  }
})

test('a value whose text is remembered has the text that it had, wherever it stands', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer(), fc.boolean())),
      (value) => {
        const kept = remembered({ ...value })
        const around = { a: [kept], z: kept }
        expect(canonicalJson(around)).toBe(canonicalJson({ a: [{ ...value }], z: { ...value } }))
        expect(canonicalJson({ ...kept, more: 1 })).toBe(canonicalJson({ ...value, more: 1 }))
        expect(kept).toEqual(value)
      },
    ),
  )
})

test('a value whose text is remembered changes no more, and nests no deeper than others', () => {
  const kept = remembered({ check: 'hops', figures: { maxForwards: 70 } })
  expect(() => Object.assign(kept, { check: 'other' })).toThrow(TypeError)
  const nested = (levels: number, inner: unknown): unknown =>
    levels === 0 ? inner : { inner: nested(levels - 1, inner) }
  for (const levels of [7, 8, 9, 14]) {
    expect(canonicalJson(nested(levels, kept))).toBe(canonicalJson(nested(levels, { ...kept })))
  }
  expect(() => canonicalJson(nested(15, kept))).toThrow(TypeError)
  expect(() => remembered(nested(8, {}) as object)).toThrow(TypeError)
  expect(() => remembered({ no: () => 1 })).toThrow(TypeError)
})

test('a form gives the canonical text of any object, whichever members it knows beforehand', () => {
  const name = fc.oneof(fc.constantFrom('type', 'a', 'b', 'A', 'é', 'constructor'), fc.string())
  const value = fc.oneof(fc.constant(undefined), fc.jsonValue({ maxDepth: 3 }))
  fc.assert(
    fc.property(fc.array(name), fc.dictionary(name, value), fc.boolean(), (names, object, all) => {
      const form = canonicalForm([...new Set(all ? [...names, ...Object.keys(object)] : names)])
      expect(form(object)).toBe(canonicalJson(object))
      const own = { ...object, inner: remembered({ check: 'hops' }) }
      expect(form(own)).toBe(canonicalJson(own))
    }),
  )
})

test('a form refuses what has no canonical text', () => {
  const form = canonicalForm(['a', 'size'])
  const endless: { a?: object } = {}
  endless.a = endless
  for (const value of [new Map(), new Date(0), { a: Number.NaN }, { a: () => 1 }, endless]) {
    expect(() => form(value)).toThrow(TypeError)
  }
})
