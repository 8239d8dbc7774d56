import { generateKeyPairSync } from 'node:crypto'
import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { hideSecrets, Secret } from '../../src/kernel/secret.ts'

const secret = new Secret('hunter2')

const ways: Record<string, () => string> = {
  JSON: () => JSON.stringify({ secret }),
  inspect: () => inspect({ secret }, { depth: 9, showHidden: true }),
  'a template': () => `${secret}`,
  concatenation: () => `${['a', secret].join('')}`,
  'its own properties': () => Object.entries(secret).join() + Reflect.ownKeys(secret).join(),
  'an Error that quotes it': () => new Error(`bad secret: ${secret}`).stack ?? '',
}

test.each(Object.keys(ways))('a secret does not come out by %s', (way) => {
  expect(ways[way]?.()).not.toContain('hunter2')
})

test('a secret comes out when asked by name', () => {
  expect(secret.reveal()).toBe('hunter2')
})

test.each(['pkcs8', 'sec1'] as const)(
  'a private key in PEM (%s) is hidden, whole or cut off',
  (type) => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const pem = privateKey.export({ type, format: 'pem' }).toString()
    expect(hideSecrets(`key: ${pem} end`)).toBe('key: [secret]\n end')
    expect(hideSecrets(JSON.stringify({ pem }))).not.toContain(pem.split('\n')[1])
    expect(hideSecrets(pem.slice(0, 150))).toBe('[secret]')
  },
)
