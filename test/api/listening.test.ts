import { expect, test } from 'vitest'
import { readSettings } from '../../src/config/load.ts'

function problemsOf(api: object) {
  const result = readSettings({ text: JSON.stringify({ api }), environment: {} })
  return result.ok ? [] : result.problems.map(({ path, reason }) => `${path} ${reason}`)
}

test('the API listens in the clear on loopback alone', () => {
  expect(problemsOf({ listen: 'http/127.0.0.1:8080' })).toEqual([])
  expect(problemsOf({ listen: 'http/[::1]:8080' })).toEqual([])
  for (const listen of ['http/0.0.0.0:8080', 'http/192.0.2.1:80', 'http/[::]:8080']) {
    expect(problemsOf({ listen })).toEqual(['api.listen must be a loopback address without https'])
  }
})

test('and over TLS with a certificate alone', () => {
  expect(problemsOf({ listen: 'https/0.0.0.0:8443' })).toEqual([
    'api.tls.certificate is missing (api.listen: https needs it)',
    'api.tls.key is missing (api.listen: https needs it)',
  ])
})

test('the metrics are open on loopback alone', () => {
  expect(problemsOf({ listen: 'http/127.0.0.1:8080', metrics: 'loopback' })).toEqual([])
  const tls = { certificate: 'a.pem', key: 'a.key' }
  expect(problemsOf({ listen: 'https/0.0.0.0:8443', tls, metrics: 'loopback' })).toEqual([
    'api.metrics must be operator (api.listen is not a loopback address)',
  ])
})
