import { chromium } from 'playwright-core'
import { now } from './county.mjs'

const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']

export const launch = () => chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: flags })

/** What must never be read on a screen, and a key of a translation that is missing. */
const forbidden = /NaN|undefined|\bnull\b|Infinity|Invalid Date|\[object|\b(?:totals|dual|state|overview|pv|freshness|history|institutions?|attention|provenance|gateways|chip|change|reason)\.[a-z_A-Z]+/

/**
 * A page that watches itself: whatever it logs, whatever fails, and whatever host but ours it asks is a fault. `allowed` lists the refusals that
 * a scenario provokes; `at` is the time it has, or null for the true one.
 */
export async function openPage(browser, service, { width = 1440, height = 900, dark = false, lang = 'zh-CN', allowed = [], zoneOfBrowser = 'Europe/Berlin', at = now } = {}) {
  const context = await browser.newContext({
    viewport: { width, height }, colorScheme: dark ? 'dark' : 'light', timezoneId: zoneOfBrowser, hasTouch: width < 640, locale: 'zh-CN',
  })
  const page = await context.newPage()
  if (at !== null) await page.clock.setFixedTime(at)
  const faults = []
  page.on('console', message => {
    const expected = allowed.some(status => message.text().includes(`status of ${status}`)) || (allowed.includes('offline') && message.text().includes('ERR_INTERNET_DISCONNECTED'))
    if (['error', 'warning'].includes(message.type()) && !expected) faults.push(`console ${message.type()}: ${message.text()}`)
  })
  page.on('pageerror', error => faults.push(`page error: ${error.message}`))
  page.on('request', request => {
    const { origin, protocol } = new URL(request.url())
    if (origin !== service.address && protocol !== 'data:' && protocol !== 'blob:') faults.push(`foreign host: ${request.url()}`)
  })
  page.on('response', response => {
    if (response.status() >= 400 && !allowed.includes(response.status())) faults.push(`${response.status()} ${response.url()}`)
  })

  async function sound(where) {
    const text = await page.locator('body').innerText()
    const match = forbidden.exec(text)
    if (match) faults.push(`visible "${match[0]}" near "${text.slice(Math.max(0, match.index - 30), match.index + 40)}"`)
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
    if (wide > 0) faults.push(`the page scrolls sideways by ${wide} px`)
    if (faults.length > 0) throw new Error(`${where}: ${faults.join('; ')}`)
  }

  async function signIn(path = '/') {
    await page.goto(`${service.address}${path}${path.includes('?') ? '&' : '?'}lang=${lang}`)
    await page.fill('input[name=username]', 'admin')
    await page.fill('input[name=password]', service.password ?? 'right')
    await page.click('button[type=submit]')
    await page.waitForSelector('[data-metric="totals.energy.year"]')
  }

  return { page, sound, signIn, close: () => context.close() }
}
