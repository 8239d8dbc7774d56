import { ZoneOffsets } from '../compliance/zone-offsets.ts'
import { type OfficeHours, weekdays } from '../domain/tenant.ts'

const minuteMs = 60_000
const minutesOfDay = 1_440
/** 1970-01-01 was a Thursday: the fourth of `weekdays`. */
const firstDay = 3

/** Whether an office is open at a moment, in its own time. */
export function createOfficeClock() {
  const offsets = new ZoneOffsets()
  return (nowMs: number, timeZone: string, hours: readonly OfficeHours[]): boolean => {
    const minute = Math.floor((nowMs + offsets.offsetMs(timeZone, nowMs)) / minuteMs)
    const today = weekdays[(Math.floor(minute / minutesOfDay) + firstDay) % weekdays.length]
    const now = minute % minutesOfDay
    return hours.some(
      ({ days, fromMinute, toMinute }) =>
        days.some((day) => day === today) && fromMinute <= now && now < toMinute,
    )
  }
}
