import { mkdir } from 'node:fs/promises'
import { type Gate, startGate } from '../app.ts'
import { auditPaths } from '../config/audit-paths.ts'
import type { Settings } from '../config/load.ts'
import type { Clock } from '../kernel/clock.ts'
import { silentLogger } from '../kernel/logger.ts'
import type { Random } from '../kernel/random.ts'
import { readMasterKey } from '../keys/master-key.ts'
import { openedEntries } from '../records/opened-log.ts'
import { KeyFile } from '../sealing/key-file.ts'
import { EventOpener } from '../sealing/open-events.ts'
import { keyTexts } from './false-keys.ts'
import { Breaker } from './faults.ts'
import { type Line, lines, type Outcome } from './lines.ts'
import { Pbx } from './pbx.ts'
import { placeLine, type Seen, type Stage } from './place-line.ts'
import { carrierLine, SigningCarrier } from './signing-carrier.ts'
import { Simulation } from './simulation.ts'

/** A line with what came of it. */
export interface Played {
  readonly line: Line
  readonly got: Outcome
  readonly elapsedMs: number
  readonly leaked: string
}

export interface Demo {
  readonly clock: Clock
  readonly random: Random
  readonly settings: Settings
  /** Everything that the demo writes goes below it. */
  readonly folder: string
}

/** Audit logs of the gate and of the one in which things are broken. */
export interface DemoResult {
  readonly played: readonly Played[]
  readonly auditDirs: readonly string[]
}

/** The gate to be broken has room for one call, so that the second overloads it. */
const oneCall = 1

const answerAfterMs = 30
const hangUpAfterMs = 400

/** Starts a gate, a second one to break, carriers and a PBX; places every line; stops everything. */
export async function playDemo(demo: Demo): Promise<DemoResult> {
  const auditDirs = [`${demo.folder}/audit`, `${demo.folder}/audit-broken`] as const
  const seen = await placeAll(demo, auditDirs)
  const decisions = await decisionsIn(auditDirs, demo)
  const played = seen.map(({ line, sipCallId, elapsedMs, leaked, ...outcome }) => ({
    line,
    elapsedMs,
    leaked,
    got: { decision: decisions.get(sipCallId) ?? '', ...outcome } as const,
  }))
  return { played, auditDirs }
}

type SeenLine = Seen & { readonly line: Line }

async function placeAll(demo: Demo, auditDirs: readonly [string, string]): Promise<SeenLine[]> {
  const { clock, random } = demo
  await using stack = new AsyncDisposableStack()
  const { carriers, trunks } = demo.settings.directory
  const times = { answerAfterMs, hangUpAfterMs }
  const simulation = stack.use(
    await Simulation.open({ clock, random, carriers, trunks, anyPort: true, ...times }),
  )
  await mkdir(demo.folder, { recursive: true })
  const signing = stack.use(await SigningCarrier.open(demo.folder, demo))
  const ends = { simulation, signing }
  const settings = settingsOn(demo, ends)
  const breaker = new Breaker()
  const logger = silentLogger
  const gate = stack.use(await startGate(settings(auditDirs[0]), { clock, random, logger }))
  const broken = stack.use(
    await startGate(settings(auditDirs[1], oneCall), { clock, random, logger, wrap: breaker.wrap }),
  )
  const stages = {
    whole: stack.adopt(await stageOn({ demo, gate, ...ends }), leave),
    broken: stack.adopt(await stageOn({ demo, gate: broken, ...ends, breaker }), leave),
  }
  const seen: SeenLine[] = []
  for (const line of lines) {
    const stage = line.fault ? stages.broken : stages.whole
    seen.push({ line, ...(await placeLine(line, stage)) })
    breaker.fault = undefined
  }
  return seen
}

/** The demo's settings on ports that the system chooses, with state of their own. */
function settingsOn({ settings, folder }: Demo, { simulation, signing }: Ends) {
  return (auditDir: string, callsMax = settings.values['limits.callsMax']): Settings => ({
    ...settings,
    directory: {
      ...settings.directory,
      carriers: simulation.carriers,
      trunks: simulation.trunks,
    },
    values: {
      ...settings.values,
      ...signing.verification,
      'engine.kind': 'embedded',
      'engine.listen': [{ protocol: 'udp', address: '127.0.0.1', port: 0 }],
      'limits.callsMax': callsMax,
      'store.path': ':memory:',
      'audit.dir': auditDir,
      'identity.certificateDir': `${folder}/identity`,
      'identity.port': 0,
    },
  })
}

interface Ends {
  readonly simulation: Simulation
  readonly signing: SigningCarrier
}

interface Theatre extends Ends {
  readonly demo: Demo
  readonly gate: Gate
  readonly breaker?: Breaker
}

async function stageOn({ demo, gate, simulation, signing, breaker }: Theatre): Promise<Stage> {
  const { clock, random } = demo
  const [address = { address: '127.0.0.1', port: 0 }] = gate.listening
  const declared = (id: string) => {
    const key = gate.keys.get(id)
    if (!key) throw new Error(`no key is called ${id}`)
    return key.reveal()
  }
  return {
    pbx: await Pbx.open({ clock, random, gate: address }),
    carrier: await carrierLine({ clock, random, gate: address }),
    simulation,
    signing,
    clock,
    keysFor: (line) => keyTexts(line.key, declared, random),
    beforeCall: ({ fault }) => {
      if (breaker) breaker.fault = fault
      if (fault === 'draining') void gate.drain()
    },
  }
}

async function leave(stage: Stage): Promise<void> {
  await stage.pbx[Symbol.asyncDispose]()
  await stage.carrier[Symbol.asyncDispose]()
}

/** What the audit logs say was decided, by the Call-ID of the attempt. */
async function decisionsIn(auditDirs: readonly string[], { settings, random }: Demo) {
  const { values } = settings
  const masterText = values['credentials.masterKey']
  const decisions = new Map<string, 'admitted' | 'refused'>()
  for (const dir of auditDirs) {
    const path = auditPaths({ ...values, 'audit.dir': dir }).keysPath
    using keys = new KeyFile({ path, masterKey: masterText && readMasterKey(masterText), random })
    for await (const { event } of openedEntries(dir, new EventOpener(keys))) {
      if (event.type !== 'call.decided') continue
      decisions.set(event.sipCallId, event.admitted ? 'admitted' : 'refused')
    }
  }
  return decisions
}
