import type { TakeRequest } from './port.ts'

/** One name for a part of a call, in every adapter. */
export function leasesId({ callId, part }: Pick<TakeRequest, 'callId' | 'part'>): string {
  return part === 'admission' ? callId : `${callId}/${part}`
}
