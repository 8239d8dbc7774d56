// Entry of every npm script: makes a fresh clone ready, then runs what it was asked to. Plain
// JavaScript, because whatever Node (20 or newer) is on the machine runs it first; all else runs on
// the Node 24 that the package `node` brings.
//
//   node src/prepare.mjs [--debian <package,...>] <file.ts | command> [arguments]
//
// --debian installs those packages of Debian first which are missing, where it may: programs that
// tests run beside the gate.

import { spawn, spawnSync } from 'node:child_process'
import { existsSync, lstatSync, realpathSync, statSync } from 'node:fs'
import { constants } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const modules = join(root, 'node_modules')
const bin = join(modules, '.bin')
const runtime = join(bin, 'node')

/** npm writes it last, so it stands for a finished installation. */
const installed = join(modules, '.package-lock.json')
const wanted = join(root, 'package-lock.json')

const forwardedSignals = ['SIGINT', 'SIGTERM', 'SIGHUP']

/** What helpers print goes to standard error: standard output belongs to what was asked for. */
const toStandardError = ['ignore', process.stderr, process.stderr]

const [first, ...rest] = process.argv.slice(2)
const [packages, target, ...args] = first === '--debian' ? rest : ['', first, ...rest]

if (!target) {
  fail('usage: node src/prepare.mjs [--debian <package,...>] <file.ts | command> [arguments]')
}
installDependencies()
installFromDebian(packages.split(',').filter(Boolean))
await run(target, args)

function installDependencies() {
  if (isInstalled()) return
  refuseLink()
  say('installing dependencies with npm ci (once, a minute or so)')
  // Not through node_modules/.bin, which npm ci takes away while it works.
  const path = (process.env.PATH ?? '').split(delimiter).filter((part) => !part.endsWith('.bin'))
  const env = { ...process.env, PATH: path.join(delimiter) }
  // Errors alone: that this Node is older than what is installed here is as it should be.
  const command = ['ci', '--loglevel=error', '--no-fund', '--no-audit']
  const { status } = spawnSync('npm', command, { cwd: root, stdio: toStandardError, env })
  if (status !== 0) fail('npm ci failed; what it said stands above')
  if (!existsSync(runtime)) fail('npm ci did not bring Node 24 (package "node")')
}

/** npm ci empties the folder that node_modules is, and a link leads to somebody else's. */
function refuseLink() {
  if (!lstatSync(modules, { throwIfNoEntry: false })?.isSymbolicLink()) return
  const owner = existsSync(modules) ? realpathSync(modules) : 'nothing'
  fail(`node_modules is a link to ${owner}, where what package-lock.json asks for is not installed: \
run npm ci there, or remove the link`)
}

function isInstalled() {
  if (!existsSync(installed) || !existsSync(runtime)) return false
  return statSync(installed).mtimeMs >= statSync(wanted).mtimeMs
}

function installFromDebian(names) {
  const missing = names.filter((name) => !isInstalledPackage(name))
  if (missing.length === 0) return
  const list = missing.join(' ')
  const isRoot = process.getuid?.() === 0
  const sudo = isRoot ? [] : ['sudo', '-n']
  if (!isRoot && spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status !== 0) {
    say(`the tests need what may not be installed here: apt-get install ${list}`)
    return
  }
  say(`installing what the tests run beside the gate (apt-get install ${list})`)
  // Debian starts a server that it installs; the tests start their own, on ports of their own.
  const apt = [...sudo, 'env', 'RUNLEVEL=1', 'DEBIAN_FRONTEND=noninteractive', 'apt-get']
  const steps = [
    [...apt, 'update', '-qq'],
    [...apt, 'install', '-y', '-qq', '--no-install-recommends', ...missing],
  ]
  for (const [command, ...step] of steps) {
    const { status } = spawnSync(command, step, { stdio: toStandardError })
    if (status !== 0) say(`${[command, ...step].join(' ')} failed; what it said stands above`)
  }
}

function isInstalledPackage(name) {
  const { stdout } = spawnSync('dpkg', ['-s', name], { encoding: 'utf8' })
  return /^Status: install ok/m.test(stdout ?? '')
}

/** Runs a TypeScript file on Node 24, or an installed command; ends as it ends. */
async function run(name, given) {
  const isFile = name.endsWith('.ts')
  const path = `${bin}${delimiter}${process.env.PATH ?? ''}`
  if (isFile && realpathSync(process.execPath) === realpathSync(runtime)) {
    // This is the Node that fits: no other process is needed.
    process.env.PATH = path
    process.argv.splice(1, Number.POSITIVE_INFINITY, join(root, name), ...given)
    await import(join(root, name))
    return
  }
  const command = isFile ? runtime : join(bin, name)
  const env = { ...process.env, PATH: path }
  const child = spawn(command, isFile ? [join(root, name), ...given] : given, {
    stdio: 'inherit',
    env,
  })
  for (const signal of forwardedSignals) process.on(signal, () => child.kill(signal))
  child.on('error', (error) => fail(`${name} cannot be run: ${error.message}`))
  child.on('exit', (code, signal) => {
    process.exit(signal ? 128 + constants.signals[signal] : (code ?? 1))
  })
}

function say(sentence) {
  process.stderr.write(`tollgate: ${sentence}\n`)
}

function fail(sentence) {
  say(sentence)
  process.exit(1)
}
