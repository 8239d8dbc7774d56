import { expect, test } from 'vitest'
import { createLogger, silentLogger } from '../../src/kernel/logger.ts'
import { Secret } from '../../src/kernel/secret.ts'
import { mintKey } from '../../src/keys/format.ts'
import { countedRandom } from '../support/counted-random.ts'

const key = mintKey(countedRandom(7), 'live').text.reveal()
const frame = '31|authenticate|hunter2-frame'

function logged(write: (logger: ReturnType<typeof createLogger>) => void): string {
  const lines: string[] = []
  write(createLogger('debug', { write: (line) => void lines.push(line) }))
  return lines.join('')
}

const hidingPlaces: Record<string, object> = {
  'a property': { secret: 'hunter2' },
  'a header property': { 'X-API-Key': 'hunter2' },
  'a header property in lower case': { 'x-api-key': 'hunter2' },
  'a nested property': { engine: { secret: 'hunter2' } },
  'a property nested twice': { settings: { engine: { password: 'hunter2' } } },
  'a header of a message': { message: { headers: { 'X-API-Key': 'hunter2' } } },
  'a Secret under any name': { whatever: new Secret('hunter2') },
  'a Secret nested deep': { a: { b: { c: { d: [new Secret('hunter2')] } } } },
}

test.each(Object.keys(hidingPlaces))('a secret in %s is not logged', (place) => {
  const text = logged((logger) => logger.info(hidingPlaces[place] ?? {}, 'a sentence'))
  expect(text).toContain('[secret]')
  expect(text).not.toContain('hunter2')
})

const carriers: Record<string, object> = {
  'a value': { text: `they sent ${key} to us` },
  'an array': { list: [{ deep: [key] }] },
  'a property name': { [key]: 1 },
  "an Error's message and stack": { err: new Error(`cannot read ${key}`) },
  'the cause of an Error': { err: new Error('outer', { cause: new Error(`inner ${key}`) }) },
  'a raw message': { raw: `INVITE sip:1@h SIP/2.0\r\nX-API-Key: ${key}\r\n\r\n` },
  'a frame to the engine': { frame },
}

test.each(Object.keys(carriers))(
  'a key inside %s is not logged, and the line stays JSON',
  (place) => {
    const text = logged((logger) =>
      logger.error({ ...carriers[place], after: 'kept' }, 'a sentence'),
    )
    expect(text).toContain('[secret]')
    expect(text).not.toContain(key)
    expect(text).not.toContain('hunter2')
    expect(JSON.parse(text)).toMatchObject({ msg: 'a sentence', after: 'kept' })
  },
)

test('a key inside the sentence is not logged', () => {
  const text = logged((logger) => logger.warn({}, `refused ${key}; sent ${frame}\r\n`))
  expect(text).not.toContain(key)
  expect(text).not.toContain('hunter2')
  expect(() => JSON.parse(text)).not.toThrow()
})

test('an entry is one line, whatever it quotes', () => {
  const text = logged((logger) => logger.info({ raw: 'a\r\nb\n{"level":60}' }, 'c\nd'))
  expect(text.trimEnd().split('\n')).toHaveLength(1)
})

test('below its level the logger writes nothing', () => {
  const lines: string[] = []
  const logger = createLogger('warn', { write: (line) => void lines.push(line) })
  logger.debug({}, 'no')
  logger.info({}, 'no')
  expect(lines).toEqual([])
  silentLogger.error({}, 'no')
})
