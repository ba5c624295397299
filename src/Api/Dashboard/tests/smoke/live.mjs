// Drives the dashboard of a running service: node tests/smoke/live.mjs ADDRESS PASSWORD. `SHOTS=dir` keeps a picture of every look.
// The service has the demo county and enough history for this year's figures.
import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { launch, openPage } from './browser.mjs'
import { faultOf, overviewFigures, readScreen } from './shownFigures.mjs'

const [address, password] = process.argv.slice(2)
if (!password) {
  console.error('Usage: node live.mjs ADDRESS PASSWORD')
  process.exit(2)
}
const service = { address: new URL(address).origin, password }
const shots = process.env.SHOTS
if (shots) await mkdir(shots, { recursive: true })

const browser = await launch()

/** Signed in by the form, keeping the last answer to every path that the page asked. */
async function enter(options = {}) {
  const opened = await openPage(browser, service, { at: null, ...options })
  const answers = new Map()
  opened.page.on('response', async response => {
    const { pathname } = new URL(response.url())
    if (!response.ok() || !pathname.startsWith('/api/v1/') || pathname.endsWith('/stream')) return
    // An answer that a newer request cancelled has no body any more.
    const body = await response.json().catch(() => null)
    if (body !== null) answers.set(pathname.slice('/api/v1'.length), body)
  })
  await opened.signIn()
  await opened.page.waitForSelector('[data-metric="totals.energy.year"]:not([data-v=""])')
  const shot = (name, fullPage = true) => (shots ? opened.page.screenshot({ path: join(shots, `${name}.png`), fullPage }) : undefined)
  return { ...opened, answers, shot }
}

/** Every number on the screen is that of the last answer. A poll may change both between two looks, so a difference is looked at again. */
async function same({ page, answers }, path, figuresOf, prefix) {
  let faults, read
  for (let look = 0; look < 5; look++) {
    if (look > 0) await page.waitForTimeout(300)
    const answer = answers.get(path)
    read = (await readScreen(page)).filter(({ name }) => prefix(name))
    const figures = figuresOf(answer)
    faults = read.map(number => faultOf(number, figures)).filter(fault => fault !== null)
    if (faults.length === 0) break
  }
  assert.deepEqual(faults, [])
  return read
}

const sameOverview = view => same(view, '/overview', overviewFigures, name => !name.startsWith('indicator.'))

const scenarios = {
  async 'the overview shows what the service answers'() {
    const view = await enter()
    const { page, answers, sound, shot, close } = view
    await page.locator('#history').scrollIntoViewIfNeeded()
    await page.waitForSelector('[data-chart=history] .picture svg')
    await page.evaluate(() => window.scrollTo(0, 0))
    const read = await sameOverview(view)
    const overview = answers.get('/overview')
    assert.equal(overview.institutions.length, 25)
    for (const { code } of overview.institutions) assert.ok(read.some(({ name }) => name === `institution.${code}.energyYear`), `${code} is listed`)
    assert.ok(read.filter(({ raw }) => raw !== '').length > 60, 'most numbers have a value')
    await sound('overview')
    await shot('overview-zh')
    await close()
  },

  async 'the rooftop plants are all there'() {
    const { page, answers, sound, close } = await enter()
    const { pv } = answers.get('/overview')
    assert.deepEqual([pv.sites, pv.capacityKwp, pv.arrayAreaM2], [20, 6100, 61_100])
    assert.equal(await page.locator('.site').count(), 20)
    const text = await page.locator('body').innerText()
    assert.match(text, /6\.1 MWp · 61,100 m²/)
    assert.match(text, new RegExp(`${pv.online}\\s*/\\s*20`))
    await sound('plants')
    await close()
  },

  async 'an institution opens with its indicators and where a number comes from'() {
    const view = await enter()
    const { page, answers, sound, shot, close } = view
    const { code } = answers.get('/overview').institutions.find(({ energyYear, perArea }) => energyYear.v !== null && perArea.v !== null)
    await page.fill('.search', code)
    await page.locator(`[data-institution="${code}"] a`).click()
    await page.waitForSelector('[data-metric="indicator.energy_total"]')
    const read = await same(view, '/indicators', ({ items }) => new Map(items.map(item => [`indicator.${item.indicator}`, item.v])), name => name.startsWith('indicator.'))
    assert.ok(read.length >= 5)
    await page.locator('[data-chart=usage]').scrollIntoViewIfNeeded()
    await page.waitForSelector('[data-chart=usage] .picture svg')
    await shot('institution', false)
    const { id, v } = answers.get('/indicators').items.find(({ indicator }) => indicator === 'energy_total')
    await page.locator('li', { has: page.locator('[data-metric="indicator.energy_total"]') }).getByRole('button').click()
    await page.waitForSelector('.provenance table')
    const provenance = answers.get(`/indicators/${id}/provenance`)
    assert.equal(provenance.value, v)
    const sum = provenance.terms.reduce((total, { contribution }) => total + contribution, 0)
    assert.ok(Math.abs(sum - v) <= 1e-6 * v, `the terms sum to ${sum}, the number is ${v}`)
    assert.equal(await page.locator('.provenance table').first().locator('tbody tr').count(), provenance.terms.length)
    await shot('provenance', false)
    await sound('provenance')
    await close()
  },

  async 'the gateways are all there, in the state that the service tells'() {
    const { page, answers, sound, shot, close } = await enter()
    await page.click('nav.menu a[href^="/gateways"]')
    await page.waitForSelector('[data-gateway]')
    const told = ({ code, state, clock, traffic }) => [code, state, `${clock.driftMs ?? ''}`, `${traffic?.messages ?? ''}`].join(' ')
    const read = () => page.locator('[data-gateway]').evaluateAll(rows => rows.map(({ dataset, children }) =>
      [dataset.gateway, dataset.state, ...[...children].filter(({ className }) => /drift|messages/.test(className)).map(cell => cell.dataset.v)].join(' ')))
    let shown, answered
    for (let look = 0; look < 5; look++) {
      if (look > 0) await page.waitForTimeout(300)
      answered = answers.get('/gateways').items.map(told).sort()
      shown = (await read()).sort()
      if (shown.join() === answered.join()) break
    }
    assert.deepEqual(shown, answered)
    assert.equal(shown.length, 16)
    await page.locator('[data-gateway="MQ-01"] a').click()
    await page.waitForSelector('[data-gateway-detail="MQ-01"]')
    await sound('gateways')
    await shot('gateways')
    await close()
  },

  async 'language and theme change on the spot and the numbers stay'() {
    const view = await enter()
    const { page, sound, shot, close } = view
    await page.getByRole('button', { name: 'English' }).click()
    await page.waitForSelector('h1:has-text("Overview")')
    await page.getByRole('button', { name: 'Switch to dark' }).click()
    assert.ok(await page.evaluate(() => document.documentElement.classList.contains('dark')))
    await sameOverview(view)
    await sound('English, dark')
    await shot('overview-en-dark')
    await close()
  },

  async 'a phone shows the same numbers'() {
    const view = await enter({ width: 390, height: 844 })
    await sameOverview(view)
    await view.sound('phone')
    await view.shot('overview-phone')
    await view.close()
  },
}

let passed = 0, failed = 0
for (const [name, scenario] of Object.entries(scenarios)) {
  try {
    await scenario()
    passed++
    console.log(`ok    ${name}`)
  } catch (fault) {
    failed++
    console.log(`FAIL  ${name}\n      ${fault.stack ?? fault}`)
  }
}
await browser.close()
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)
