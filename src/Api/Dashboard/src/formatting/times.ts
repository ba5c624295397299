import type { Language } from './units'

/** Calendar fields of an instant in the reporting zone. */
interface Local {
  readonly year: string
  readonly month: string
  readonly day: string
  readonly hour: string
  readonly minute: string
}

const formats = new Map<string, Intl.DateTimeFormat>()

function local(instant: string | number, zone: string): Local {
  let format = formats.get(zone)
  if (!format) {
    format = new Intl.DateTimeFormat('en-GB', {
      timeZone: zone, hourCycle: 'h23',
      year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit',
    })
    formats.set(zone, format)
  }
  const parts = Object.fromEntries(format.formatToParts(new Date(instant)).map(part => [part.type, part.value]))
  return parts as unknown as Local
}

/** `2026-03-17 14:45` */
export function dateTime(instant: string | number, zone: string): string {
  const at = local(instant, zone)
  return `${at.year}-${at.month}-${at.day} ${at.hour}:${at.minute}`
}

/** `2026-03-17` */
export const date = (instant: string | number, zone: string): string => dateTime(instant, zone).slice(0, 10)

/** `14:45` */
export const clock = (instant: string | number, zone: string): string => dateTime(instant, zone).slice(11)

/** Time of day where the instant is today, else the date with it. */
export const recent = (instant: string | number, now: number, zone: string): string =>
  date(instant, zone) === date(now, zone) ? clock(instant, zone) : dateTime(instant, zone)

const minute = 60_000
const steps: readonly [size: number, zh: string, en: string][] = [
  [1440 * minute, '天', 'd'],
  [60 * minute, '小时', 'h'],
  [minute, '分钟', 'min'],
]

/** How long ago, in its largest whole unit: `5 小时`, `5 h`. */
export function age(instant: string | number, now: number, language: Language): string {
  const passed = Math.max(0, now - new Date(instant).getTime())
  const [size, zh, en] = steps.find(([size]) => passed >= size) ?? steps[steps.length - 1]!
  return `${Math.floor(passed / size)} ${language === 'zh-CN' ? zh : en}`
}

/** `2026-03` as `3月` or, in January, `2026年1月`; in English `Mar`, `Jan 2026`. */
export function month(period: string, language: Language): string {
  const year = period.slice(0, 4)
  const index = Number(period.slice(5, 7))
  if (language === 'zh-CN') return index === 1 ? `${year}年1月` : `${index}月`
  const name = englishMonths[index - 1]
  return index === 1 ? `${name} ${year}` : name!
}

/** The same for an axis: the year stands below January, so that all names are short. */
export function axisMonth(period: string, language: Language): string {
  const index = Number(period.slice(5, 7))
  const name = language === 'zh-CN' ? `${index}月` : englishMonths[index - 1]!
  return index === 1 ? `${name}\n${period.slice(0, 4)}` : name
}

const englishMonths = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
