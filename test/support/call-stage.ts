import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import type { CallEnded } from '../../src/audit/event.ts'
import {
  type CallGate,
  type EngineOptions,
  type GateOptions,
  openGate,
  type RunningEngine,
  startTestEngine,
} from './call-gate.ts'
import { type Got, sdp, UaAnsweredCall, UaCall, UdpUa } from './udp-ua.ts'

/** A call that is up, as both ends hold it. */
export interface Established {
  readonly call: UaCall
  readonly callee: UaAnsweredCall
  readonly invite: Got
  /** The 200 that the caller got. */
  readonly ok: Got
}

/**
 * A caller, two carriers and a gate between them on a real engine. After each test nothing may be
 * left of any call: no leg, no call, no lease.
 */
export class CallStage {
  #engine: RunningEngine | undefined
  #gate: CallGate | undefined
  #uas: UdpUa[] = []

  get engine(): RunningEngine {
    return given(this.#engine)
  }

  get gate(): CallGate {
    return given(this.#gate)
  }

  /** The caller. */
  get alice(): UdpUa {
    return given(this.#uas[0])
  }

  /** The first carrier's gateway. */
  get bob(): UdpUa {
    return given(this.#uas[1])
  }

  /** The second one's. */
  get carol(): UdpUa {
    return given(this.#uas[2])
  }

  get ended(): CallEnded | undefined {
    return this.gate.events.find((event) => event.type === 'call.ended')
  }

  /** The types of all events so far. */
  get story(): string[] {
    return this.gate.events.map((event) => event.type)
  }

  async open(options: GateOptions = {}): Promise<void> {
    const gatewayPorts = [this.bob.port, this.carol.port]
    this.#gate = await openGate(this.engine, { gatewayPorts, ...options })
  }

  newCall(callId?: string): UaCall {
    return new UaCall(this.alice, this.engine.sipPort, '+12025550123', callId)
  }

  /** A call that rings at the first gateway. */
  async ring(callId?: string): Promise<{ readonly call: UaCall; readonly invite: Got }> {
    const call = this.newCall(callId)
    call.invite()
    const invite = await this.bob.request('INVITE')
    this.bob.respond(invite, 180)
    await this.alice.response(180)
    return { call, invite }
  }

  async establish(): Promise<Established> {
    const { alice, bob } = this
    const call = this.newCall()
    call.invite()
    const invite = await bob.request('INVITE')
    bob.respond(invite, 200, { body: sdp })
    const ok = await alice.response(200)
    call.ack(ok)
    await bob.request('ACK')
    return { call, invite, ok, callee: new UaAnsweredCall(bob, invite) }
  }

  /** The caller says BYE. */
  async hangUp(call: UaCall): Promise<void> {
    call.request('BYE')
    this.bob.respond(await this.bob.request('BYE'), 200)
    await this.alice.response(200, 'BYE')
  }

  async start(options: EngineOptions = {}): Promise<void> {
    this.#engine = await startTestEngine(options)
  }

  async stop(): Promise<void> {
    await this.#engine?.stop()
  }

  async enter(): Promise<void> {
    this.#uas = [await UdpUa.open(), await UdpUa.open(), await UdpUa.open()]
  }

  async leave(): Promise<void> {
    const gate = this.#gate
    this.#gate = undefined
    await gate?.quiet().finally(() => gate.close())
    for (const ua of this.#uas) ua.close()
  }
}

/** The stage of a test file: one engine for all its tests, everything else new for each. */
export function useCallStage(): CallStage {
  const stage = new CallStage()
  beforeAll(() => stage.start())
  afterAll(() => stage.stop())
  beforeEach(() => stage.enter())
  afterEach(() => stage.leave())
  return stage
}

function given<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('not there yet')
  return value
}
