import { readFile } from 'node:fs/promises'
import { firstDay, overview } from './county.mjs'

const text = (page, metric) => page.locator(`[data-metric="${metric}"]`).first().innerText()
const ready = page => page.waitForSelector('[data-chart=history] .picture svg')

export const scenarios = {
  async 'every look of the overview is sound'({ open, shot }) {
    for (const [width, dark, lang] of [[1440, false, 'zh-CN'], [1440, true, 'zh-CN'], [1440, false, 'en'], [390, false, 'zh-CN'], [390, true, 'en'], [390, false, 'en'], [820, false, 'zh-CN'], [1920, true, 'en'], [360, false, 'zh-CN']]) {
      const { page, sound, signIn } = await open({ width, height: width < 640 ? 844 : 900, dark, lang })
      await signIn()
      await page.locator('#history').scrollIntoViewIfNeeded()
      await ready(page)
      await page.evaluate(() => window.scrollTo(0, 0))
      await sound(`${width} ${dark ? 'dark' : 'light'} ${lang}`)
      await shot(page, `overview-${width}-${dark ? 'dark' : 'light'}-${lang}`)
    }
  },

  async 'numbers are those of the API, formatted'({ open, assert }) {
    const { page, signIn, sound } = await open()
    await signIn()
    assert.equal(await text(page, 'totals.energy.year'), '1,184.57tce')
    assert.equal(await text(page, 'totals.electricity.year'), '641.23万kWh')
    assert.equal(await text(page, 'totals.electricity.today'), '68,431kWh')
    assert.equal(await text(page, 'totals.electricity.change.month'), '→持平')
    assert.equal(await text(page, 'totals.water.change.month'), '—（基数为零）')
    assert.equal(await text(page, 'pv.selfUse'), '87.4%')
    assert.equal(await page.locator('[data-metric="totals.energy.year"]').getAttribute('data-v'), '1184565')
    assert.equal(await page.locator('.site').count(), 20)
    await sound('numbers')
  },

  async 'missing is a dash with a reason and zero is zero'({ open, assert }) {
    const { page, signIn, sound } = await open()
    await signIn('/?q=I-012')
    assert.equal(await text(page, 'institution.I-012.energyYear'), '0')
    await page.fill('.search', 'I-018')
    assert.equal(await text(page, 'institution.I-018.energyYear'), '—')
    assert.match(await page.locator('[data-institution="I-018"]').innerText(), /未接入表计/)
    await sound('missing')
  },

  async 'search, filter and sort stand in the address and survive a reload'({ open, assert }) {
    const { page, signIn, sound } = await open()
    await signIn()
    await page.fill('.search', '中学')
    await page.locator('th button', { hasText: '本年能耗' }).click()
    await page.waitForURL(/sort=-energy/)
    const before = await page.locator('tbody tr').allInnerTexts()
    await page.reload()
    await page.waitForSelector('tbody tr')
    assert.deepEqual(await page.locator('tbody tr').allInnerTexts(), before)
    assert.ok(before.length > 3 && before.every(line => /中学/.test(line)))
    await sound('list')
  },

  async 'a name that looks like HTML stays text'({ open, assert }) {
    const { page, signIn, sound } = await open()
    page.on('dialog', () => assert.fail('a script ran'))
    await signIn('/?q=I-024')
    assert.match(await page.locator('[data-institution="I-024"]').innerText(), /<img src=x onerror=alert\(1\)>/)
    await sound('inert')
  },

  async 'an institution opens with indicators, provenance and its month'({ open, assert, shot, service }) {
    for (const [width, dark] of [[1440, false], [390, true]]) {
      const { page, signIn, sound } = await open({ width, height: 900, dark })
      await signIn('/?q=I-001')
      await page.locator('[data-institution="I-001"] a').click()
      await page.waitForURL(/institutions\/I-001/)
      await page.waitForSelector('[data-metric="indicator.energy_total"]')
      assert.equal(await text(page, 'indicator.energy_total'), '12.35tce')
      assert.equal(await text(page, 'indicator.energy_per_head'), '—')
      await page.locator('[data-chart=usage]').scrollIntoViewIfNeeded()
      await page.waitForSelector('[data-chart=usage] .picture svg')
      await shot(page, `institution-${width}`, false)
      await page.locator('.link').first().click()
      await page.waitForSelector('.provenance table')
      await page.waitForTimeout(300)
      await shot(page, `provenance-${width}`, false)
      await sound('institution')
      const asked = service.state.asked.find(path => path.startsWith('/api/v1/usage'))
      assert.match(decodeURIComponent(asked), /from=2026-02-15T00:00:00\+08:00&to=2026-03-18T00:00:00\+08:00/)
      await page.keyboard.press('Escape')
      await page.waitForFunction(() => location.pathname === '/')
    }
  },

  async 'the chart and its table hold the same numbers'({ open, assert, shot }) {
    const { page, signIn, sound } = await open()
    await signIn()
    await page.locator('#history').scrollIntoViewIfNeeded()
    await ready(page)
    assert.match(await page.locator('[data-chart=history] .picture svg').innerHTML(), /万kWh/)
    await page.locator('[data-chart=history] label', { hasText: '表' }).click()
    const cells = await page.locator('[data-chart=history] tbody tr').last().locator('td').allInnerTexts()
    assert.match(cells[0], /^2026-03/)
    assert.equal(cells[1], (Math.round(overview.history.months[11].v / 100) / 100).toFixed(2))
    await shot(page, 'history-table')
    const [file] = await Promise.all([page.waitForEvent('download'), page.locator('[data-chart=history] .csv').click()])
    assert.equal(file.suggestedFilename(), 'energywatch-electricity-2026-03-17.csv')
    assert.match(await readFile(await file.path(), 'utf8'), /^\ufeff[^]*2025-09,,280\.575\d*,0\r\n/)
    await page.locator('[data-chart=history] label', { hasText: '用水' }).click()
    await page.waitForURL(/e=water/)
    await sound('history')
  },

  async 'a wrong password is told, the right one leads on to where one wanted to go'({ open, assert, service, shot }) {
    for (const [width, dark] of [[1440, false], [390, true]]) {
      service.state.signedIn = false
      const { page, sound } = await open({ width, height: 844, dark, allowed: [401] })
      await page.goto(`${service.address}/institutions/I-001?sort=name`)
      await page.waitForURL(/\/login/)
      await page.fill('input[name=username]', 'admin')
      await page.fill('input[name=password]', 'wrong')
      await page.click('button[type=submit]')
      await page.waitForSelector('[role=alert]')
      assert.equal(await page.locator('[role=alert]').innerText(), '用户名或密码不正确。')
      await shot(page, `login-${width}`)
      await page.fill('input[name=password]', 'right')
      await page.click('button[type=submit]')
      await page.waitForURL(/\/institutions\/I-001\?sort=name/)
      await page.waitForSelector('[data-metric="indicator.energy_total"]')
      await sound('login')
    }
  },

  async 'a failed read tells the number of the fault and recovers'({ open, assert, service, shot }) {
    const { page, signIn, sound } = await open({ allowed: [500] })
    await signIn()
    service.state.overviewFault = 'STORE_DOWN'
    service.changed()
    await page.waitForSelector('[role=alert]')
    assert.match(await page.locator('[role=alert]').innerText(), /读取失败，请重试（编号 a1b2c3d4）/)
    assert.equal(await text(page, 'totals.energy.year'), '1,184.57tce')
    await shot(page, 'stale', false)
    service.state.overviewFault = null
    await page.locator('[role=alert] button').click()
    await page.waitForSelector('[role=alert]', { state: 'detached' })
    await sound('recovered')
  },

  async 'a change is shown when the stream tells of it'({ open, assert, service }) {
    const { page, signIn, sound } = await open()
    await signIn()
    service.state.overview = { ...overview, county: { ...overview.county, name: '另一个县' } }
    service.changed()
    await page.waitForFunction(() => document.querySelector('.county')?.textContent === '另一个县')
    assert.match(await page.title(), /另一个县/)
    await sound('stream')
  },

  async 'without a network the old numbers stay and say so'({ open, assert, shot }) {
    const { page, signIn, sound } = await open({ allowed: ['offline'] })
    await signIn()
    await page.context().setOffline(true)
    await page.waitForSelector('.offline')
    assert.match(await page.locator('.offline').innerText(), /网络已断开，显示的是 14:52 的数据/)
    assert.equal(await text(page, 'totals.energy.year'), '1,184.57tce')
    await sound('offline')
    await shot(page, 'offline', false)
  },

  async 'a session that has ended leads to the login page and back'({ open, assert, service }) {
    const { page, signIn, sound } = await open({ allowed: [401] })
    await signIn('/?q=I-001')
    service.state.signedIn = false
    service.changed()
    await page.waitForURL(/\/login\?next=/)
    await page.fill('input[name=username]', 'admin')
    await page.fill('input[name=password]', 'right')
    await page.click('button[type=submit]')
    await page.waitForSelector('[data-institution="I-001"]')
    assert.match(page.url(), /q=I-001/)
    await sound('session')
  },

  async 'the first day has words and a next step instead of empty pictures'({ open, assert, service, shot }) {
    service.state.overview = firstDay
    const { page, signIn, sound } = await open()
    await signIn()
    assert.match(await page.locator('.empty').innerText(), /尚未登记任何单位/)
    assert.equal(await text(page, 'totals.energy.year'), '—')
    await page.locator('#history').scrollIntoViewIfNeeded()
    await ready(page)
    await sound('first day')
    await shot(page, 'first-day')
  },

  async 'language and theme change on the spot'({ open, assert }) {
    const { page, signIn, sound } = await open()
    await signIn('/?q=I-001&sort=name')
    await page.locator('#history').scrollIntoViewIfNeeded()
    await ready(page)
    await page.getByRole('button', { name: 'English' }).click()
    await page.waitForFunction(() => document.documentElement.lang === 'en')
    await page.waitForSelector('h1:has-text("Overview")')
    assert.match(page.url(), /q=I-001/)
    assert.equal(await text(page, 'totals.electricity.year'), '6,412.3MWh')
    const light = await page.locator('[data-chart=history] .picture svg path[fill]').count()
    await page.getByRole('button', { name: 'Switch to dark' }).click()
    assert.ok(light > 0 && await page.evaluate(() => document.documentElement.classList.contains('dark')))
    await sound('switches')
  },
}
