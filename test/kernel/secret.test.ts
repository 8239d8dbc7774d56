import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { Secret } from '../../src/kernel/secret.ts'

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
