import { date } from '../formatting/times'

const dayMs = 86_400_000

/**
 * The last days of the reporting zone up to and with today, as the half-open period of a query. The instants are written with the offset that the
 * zone has on that day.
 */
export function lastDays(days: number, now: number, zone: string): { from: string; to: string } {
  const today = Date.parse(`${date(now, zone)}T00:00:00Z`)
  return { from: midnight(today - (days - 1) * dayMs, zone), to: midnight(today + dayMs, zone) }
}

/** Local midnight of a calendar day that is given as its UTC midnight. */
function midnight(day: number, zone: string): string {
  const name = new Date(day).toISOString().slice(0, 10)
  const offset = offsetMinutes(day, zone)
  const sign = offset < 0 ? '-' : '+'
  const size = Math.abs(offset)
  return `${name}T00:00:00${sign}${pad(Math.floor(size / 60))}:${pad(size % 60)}`
}

function offsetMinutes(instant: number, zone: string): number {
  const shown = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit',
  }).formatToParts(new Date(instant))
  const of = (type: string) => Number(shown.find(part => part.type === type)!.value)
  return Math.round((Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute')) - instant) / 60_000)
}

const pad = (n: number) => String(n).padStart(2, '0')
