import type { Bench, SeenFrame } from './bench.ts'

/** Calls joined two legs at a time. */
export interface Bridge {
  /** The application ends both legs of the caller's dialog. */
  end(callerDialog: string): void
  /** Calls of which something is known. */
  readonly size: number
}

/** Frames that the application remembers. */
const framesMax = 100

interface Legs {
  readonly inviteFrame: string
  readonly callerTransaction: string
  readonly callerDialog: string
  calleeTransaction: string
  calleeDialog: string
  readonly up: Set<string>
}

/**
 * The smallest back-to-back user agent that there is, on the far side of the admin protocol. The
 * user of the Request-URI is the port of the callee, 5080 where it is a name.
 */
export function bridge(bench: Bench): Bridge {
  const app = bench.app('invite')
  /** Each call by whatever a frame may name it by. */
  const calls = new Map<string, Legs>()
  const sip = (ids: string, text: string) => bench.sip(app, ids, text)

  function open(text: string, callerTransaction: string) {
    const port = /^INVITE sip:(\d+)@/.exec(text)?.[1] ?? '5080'
    const callId = /\r\nCall-ID: (.*)\r/i.exec(text)?.[1] ?? ''
    const fromTag = /\r\nFrom: .*;tag=([^;\r]+)/i.exec(text)?.[1] ?? ''
    const timer = /\r\n(Session-Expires: .*)\r/i.exec(text)?.[1]
    const more = timer ? `Supported: timer\n${timer}\n` : ''
    const inviteFrame = sip('', `INVITE sip:bob@127.0.0.1:${port} SIP/2.0\n${more}`)
    const callerDialog = `${callId};from-tag=${fromTag}`
    const ids = { inviteFrame, callerTransaction, callerDialog }
    const legs = { ...ids, calleeTransaction: '', calleeDialog: '', up: new Set<string>() }
    for (const id of Object.values(ids)) calls.set(id, legs)
  }

  function forget(legs: Legs) {
    for (const known of Object.values(legs)) {
      if (typeof known === 'string') calls.delete(known)
    }
  }

  function bye(legs: Legs, dialogId: string) {
    if (legs.up.delete(dialogId)) sip(`|${dialogId}`, 'BYE sip:x SIP/2.0\n')
    if (legs.up.size === 0) forget(legs)
  }

  function answered(legs: Legs, dialogId: string) {
    legs.calleeDialog = dialogId
    calls.set(dialogId, legs)
    legs.up.add(dialogId)
    sip(`|${dialogId}`, 'ACK sip:x SIP/2.0\n')
    const frame = sip(legs.callerTransaction, 'SIP/2.0 200 OK\n')
    // A caller who has cancelled meanwhile can't be answered: the callee is told.
    if (app.replies(frame)[0]?.fields[3] === 'OK') legs.up.add(legs.callerDialog)
    else bye(legs, dialogId)
  }

  function ended(legs: Legs, dialogId: string) {
    legs.up.delete(dialogId)
    bye(legs, dialogId === legs.calleeDialog ? legs.callerDialog : legs.calleeDialog)
  }

  function responded(legs: Legs, status: number, dialogId: string) {
    if (status === 180) sip(legs.callerTransaction, 'SIP/2.0 180 Ringing\n')
    else if (status === 200) answered(legs, dialogId)
    else if (status >= 300) {
      sip(legs.callerTransaction, `SIP/2.0 ${status} Over\n`)
      forget(legs)
    }
  }

  function react({ fields, text }: SeenFrame) {
    const [, , , , , , , , transactionId = '', dialogId = ''] = fields
    if (app.frames.length > framesMax) app.frames.length = 0
    if (fields[1] === 'response') {
      const legs = calls.get(fields[2] ?? '')
      if (!legs || legs.inviteFrame !== fields[2]) return
      legs.calleeTransaction = fields[10] ?? ''
      calls.set(legs.calleeTransaction, legs)
      return
    }
    if (text.startsWith('INVITE')) return open(text, transactionId)
    const legs = calls.get(dialogId) ?? calls.get(transactionId)
    if (text.startsWith('SIP/2.0') && text.includes(' INVITE')) {
      if (legs) responded(legs, Number(text.slice(8, 11)), dialogId)
    } else if (text.startsWith('CANCEL')) {
      if (legs) sip(legs.calleeTransaction, 'CANCEL sip:bob@127.0.0.1:5080 SIP/2.0\n')
    } else if (text.startsWith('BYE')) {
      // One that the engine has sent by itself is told, not asked.
      if (transactionId !== 'unsolicited') sip(transactionId, 'SIP/2.0 200 OK\n')
      if (legs) ended(legs, dialogId)
    }
  }
  // Not before the core has returned, as over a socket.
  bench.wiring.onFrame = (frame) => void bench.clock.after(1, () => react(frame))
  return {
    end: (callerDialog) => {
      const legs = calls.get(callerDialog)
      if (!legs) return
      bye(legs, legs.callerDialog)
      bye(legs, legs.calleeDialog)
    },
    get size() {
      return new Set(calls.values()).size
    },
  }
}
