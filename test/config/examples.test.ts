import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { loadSettings } from '../../src/config/load.ts'

interface Service {
  readonly image: string
  readonly environment?: Readonly<Record<string, string>>
  readonly volumes?: readonly string[]
  readonly command?: string
  readonly user?: string
  readonly read_only?: boolean
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>
  readonly volumes: Readonly<Record<string, unknown>>
}

const compose = parse(readFileSync('docker-compose.yml', 'utf8')) as Compose
const services = Object.entries(compose.services)
const [, port, secret, host] =
  /<admin port="(\d+)" secret="([^"]+)">([^<]+)</.exec(
    readFileSync('config/drachtio.conf.xml', 'utf8'),
  ) ?? []

test('the demo settings are good as they stand', () => {
  const { directory } = loadSettings('config/demo.yaml', {})
  expect(directory.freshKeys.length).toBeGreaterThan(0)
  expect(directory.keys).toEqual([])
})

test('the example for production mints no keys and is good with a secret', () => {
  const { directory } = loadSettings('config/production.yaml', { TOLLGATE_ENGINE_SECRET: 'x' })
  expect(directory.freshKeys).toEqual([])
})

test.each(services)('every image is pinned to a version: %s', (_name, { image }) => {
  expect(image).toMatch(/:\d+\.\d+\.\d+(-slim)?$/)
})

test.each(services)('everything that is mounted is there: %s', (_name, { volumes = [] }) => {
  for (const volume of volumes) {
    const [source = ''] = volume.split(':')
    const exists = source.startsWith('./') ? existsSync(source) : source in compose.volumes
    expect(exists, volume).toBe(true)
  }
})

test('drachtio-server and the gate agree on where to meet and on the secret', () => {
  const { drachtio, gate } = compose.services
  const given = gate?.environment?.TOLLGATE_ENGINE_SECRET ?? ''
  expect(drachtio?.environment?.DRACHTIO_SECRET).toBe(given)
  expect(given).toBe(`\${TOLLGATE_ENGINE_SECRET:-${secret}}`)
  const { values } = loadSettings('config/production.yaml', { TOLLGATE_ENGINE_SECRET: 'x' })
  expect([values['engine.kind'], values['engine.host'], values['engine.port']]).toEqual([
    'drachtio',
    host,
    Number(port),
  ])
})

test('the gate runs without rights it does not need', () => {
  const gate = compose.services.gate
  expect(gate?.user).toBe('node')
  expect(gate?.read_only).toBe(true)
  const writable = gate?.volumes?.filter((volume) => !volume.endsWith(':ro'))
  expect(writable).toEqual(['data:/data'])
})
