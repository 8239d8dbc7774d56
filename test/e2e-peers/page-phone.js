// A phone in a page, on the sip.js and the WebRTC of the browser. The test drives it from outside as
// `globalThis.phone`.
import { Inviter, Registerer, UserAgent } from '/sip.js/index.js'

const domain = 'gate.example'
const mediaOptions = {
  constraints: { audio: true, video: false },
  // Where there is no network but loopback, gathering finds nothing and doesn't end by itself.
  iceGatheringTimeout: 200,
}
const media = {
  sessionDescriptionHandlerOptions: mediaOptions,
  sessionDescriptionHandlerOptionsReInvite: mediaOptions,
}

let agent
let session
const answers = []

globalThis.phone = {
  /** Connects; what rings is answered. */
  connect: async (server, user) => {
    agent = new UserAgent({
      uri: UserAgent.makeURI(`sip:${user}@${domain}`),
      transportOptions: { server },
      logBuiltinEnabled: false,
      delegate: {
        onInvite: (invitation) => {
          session = invitation
          session.sessionDescriptionHandlerOptionsReInvite = mediaOptions
          return invitation.accept(media)
        },
      },
    })
    await agent.start()
  },

  register: () =>
    new Promise((resolve, reject) => {
      new Registerer(agent).register({
        requestDelegate: {
          onAccept: () => resolve(),
          onReject: ({ message }) => reject(new Error(`registering: ${message.statusCode}`)),
        },
      })
    }),

  call: async (user, extraHeaders) => {
    const target = UserAgent.makeURI(`sip:${user}@${domain}`)
    session = new Inviter(agent, target, { extraHeaders, ...media })
    const note = ({ message }) =>
      answers.push({ status: message.statusCode, reason: message.getHeader('Reason') ?? '' })
    await session.invite({
      requestDelegate: { onProgress: note, onAccept: note, onReject: note },
    })
  },

  /** Sends a re-INVITE that holds or resumes; resolves with the direction that was agreed. */
  hold: (holds) =>
    new Promise((resolve, reject) => {
      session.sessionDescriptionHandlerOptionsReInvite = { ...mediaOptions, hold: holds }
      session.invite({
        requestDelegate: {
          onAccept: ({ message }) =>
            resolve(/a=(sendrecv|sendonly|recvonly)/.exec(message.body)?.[1]),
          onReject: ({ message }) => reject(new Error(`re-INVITE: ${message.statusCode}`)),
        },
      })
    }),

  hangUp: async () => {
    await session.bye()
  },

  state: () => session?.state ?? 'none',

  answers: () => answers,
}
