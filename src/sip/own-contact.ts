/** The Contact that leads back to us; the engine writes its own address where we say localhost. */
export function ownContact(protocol: string): string {
  return protocol === 'udp' ? '<sip:gate@localhost>' : `<sip:gate@localhost;transport=${protocol}>`
}
