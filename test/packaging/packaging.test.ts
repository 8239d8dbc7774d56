import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, normalize } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { emergencyPatienceMs } from '../../src/call/registry.ts'
import { readSettings } from '../../src/config/load.ts'

const unit = readFileSync('packaging/tollgate.service', 'utf8')
const dockerfile = readFileSync('packaging/Dockerfile', 'utf8')
const cluster = parse(readFileSync('packaging/cluster.yaml', 'utf8'), { merge: true })
const analyze = '/usr/bin/systemd-analyze'

function defaultValues() {
  const result = readSettings({ text: '', environment: {} })
  if (!result.ok) throw new Error('the settings by default cannot be used')
  return result.settings.values
}

test('systemd finds nothing to complain about in the unit', () => {
  if (!existsSync(analyze)) return
  const folder = mkdtempSync(join(tmpdir(), 'tollgate-unit-'))
  // Programs that may not be there, and no part of what is verified.
  const here = unit.replace('/usr/bin/node', process.execPath).replace('/bin/kill', '/usr/bin/env')
  writeFileSync(join(folder, 'tollgate.service'), here)
  const args = ['verify', '--man=no', join(folder, 'tollgate.service')]
  const { status, stderr } = spawnSync(analyze, args, { encoding: 'utf8' })
  rmSync(folder, { recursive: true })
  // Of other units of the machine it may have something to say.
  const told = stderr.split('\n').filter((line) => line.includes('tollgate'))
  expect({ status, told }).toEqual({ status: 0, told: [] })
})

test('the unit gives the gate no more than it needs, and time to drain', () => {
  for (const line of [
    ...['NoNewPrivileges=yes', 'ProtectSystem=strict', 'PrivateDevices=yes', 'User=tollgate'],
    ...['CapabilityBoundingSet=CAP_NET_BIND_SERVICE', 'TimeoutStopSec=15min', 'KillMode=mixed'],
  ]) {
    expect(unit.split('\n')).toContain(line)
  }
})

test('the image runs as nobody in particular on the Node that the project is tested with', () => {
  const { node } = JSON.parse(readFileSync('package.json', 'utf8')).devDependencies
  const bases = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, image]) => image)
  expect(bases).toEqual([`node:${node}-slim`, `node:${node}-slim`])
  expect(dockerfile).toMatch(/^USER node$/m)
  for (const [, from = ''] of dockerfile.matchAll(/^COPY (?!--from)(\S+)/gm)) {
    expect(existsSync(from), from).toBe(true)
  }
  // What the settings read by default has to be in the image, and what is copied has to be let in.
  const { 'compliance.dir': law } = defaultValues()
  const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.*) \S+$/gm)].flatMap(([, files = '']) =>
    files.split(' '),
  )
  expect(copied).toContain(law)
  const letIn = readFileSync('packaging/Dockerfile.dockerignore', 'utf8').split('\n')
  for (const file of copied) expect(letIn).toContain(`!${file}`)
  const [, entry = ''] = /ENTRYPOINT \["node", "(\S+)"\]/.exec(dockerfile) ?? []
  expect(existsSync(entry)).toBe(true)
})

test('each gate of the cluster has a read-only root, no rights, and settings that can be used', () => {
  const text = readFileSync('config/production.yaml', 'utf8')
  const gates = Object.keys(cluster.services).filter((name) => name.startsWith('gate'))
  expect(gates).toHaveLength(2)
  const ports = new Set<string>()
  for (const name of gates) {
    const { read_only, cap_drop, security_opt, environment, volumes } = cluster.services[name]
    expect({ read_only, cap_drop }).toEqual({ read_only: true, cap_drop: ['ALL'] })
    expect(security_opt).toEqual(['no-new-privileges:true'])
    expect(volumes).toContain(`${name}:/data`)
    ports.add(environment.TOLLGATE_IDENTITY_PORT)
    const given = { ...environment, TOLLGATE_ENGINE_SECRET: 'shared-by-both-of-them' }
    expect(readSettings({ text, environment: given })).toMatchObject({ ok: true })
  }
  expect(ports.size).toBe(2)
})

test('whatever runs a gate waits for its calls as long as a drain may take, and for emergencies', () => {
  const alone = parse(readFileSync('docker-compose.yml', 'utf8'))
  const graces = [
    unit.match(/^TimeoutStopSec=(\d+)min$/m)?.[1],
    ...[alone.services.gate, cluster.services['gate-1'], cluster.services['gate-2']].map(
      ({ stop_grace_period }) => /^(\d+)m$/.exec(stop_grace_period)?.[1],
    ),
  ]
  const text = readFileSync('config/production.yaml', 'utf8')
  const { drain } = parse(text)
  for (const grace of graces) {
    expect(Number(grace) * 60_000).toBeGreaterThan(drain.deadlineMs + emergencyPatienceMs)
  }
})

test('what the services mount is there', () => {
  const services: { volumes?: string[] }[] = Object.values(cluster.services)
  const files = services.flatMap(({ volumes = [] }) => volumes.filter((at) => at.startsWith('.')))
  for (const mount of files) {
    const file = normalize(join('packaging', mount.split(':')[0] ?? ''))
    expect(existsSync(file), file).toBe(true)
  }
})

test('npx finds the command line, and the Node for it, whatever Node npm runs on', () => {
  const { bin } = JSON.parse(readFileSync('package.json', 'utf8'))
  const { status, stdout } = spawnSync('npx', ['--no-install', 'tollgate', 'help'], {
    encoding: 'utf8',
  })
  expect({ bin, status }).toEqual({ bin: { tollgate: 'src/tollgate.mjs' }, status: 0 })
  expect(stdout).toContain('Usage: tollgate <command>')
})
