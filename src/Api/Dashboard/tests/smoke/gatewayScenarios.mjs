export const gatewayScenarios = {
  async 'every look of the gateways is sound'({ open, shot }) {
    for (const [width, dark, lang] of [[1440, false, 'zh-CN'], [1440, true, 'en'], [390, false, 'zh-CN'], [390, true, 'en'], [820, false, 'en']]) {
      const { page, sound, signIn } = await open({ width, height: width < 640 ? 844 : 900, dark, lang })
      await signIn()
      const look = `${width}-${dark ? 'dark' : 'light'}-${lang}`
      await page.click('nav.menu a[href^="/gateways"]')
      await page.waitForSelector('[data-gateway="MQ-05"]')
      await sound(look)
      await shot(page, `gateways-${look}`)
      await page.click('[data-gateway="MQ-02"] a')
      await page.waitForSelector('[data-gateway-detail="MQ-02"] .faults li')
      await page.waitForTimeout(400)
      await sound(`${look} drawer`)
      await shot(page, `gateway-${look}`, false)
    }
  },

  async 'what needs somebody comes first, and why is said'({ open, assert }) {
    const { page, signIn, sound } = await open()
    await signIn()
    await page.goto(page.url().replace(/\/(\?|$)/, '/gateways?'))
    await page.waitForSelector('[data-gateway]')
    const states = await page.locator('[data-gateway]').evaluateAll(rows => rows.map(row => row.dataset.state))
    assert.deepEqual(states, ['lost', 'disconnected', 'unreachable', 'connected', 'silent', 'never', 'online', 'connected'])
    assert.match(await page.locator('[data-gateway="MQ-05"]').innerText(), /已断开[\s\S]*心跳超时/)
    assert.equal(await page.locator('[data-metric="gateway.MQ-02.drift"]').innerText(), '慢 5 分钟')
    assert.equal(await page.locator('[data-metric="gateway.MQ-04.drift"]').innerText(), '—')
    await sound('gateways')
  },

  async 'a stranger is adopted, and another dismissed'({ open, assert, service, shot }) {
    const { page, signIn, sound } = await open({ allowed: [409] })
    await signIn()
    await page.click('nav.menu a[href^="/gateways"]')
    await page.locator('[data-sighting="GW-77"] button', { hasText: '忽略' }).click()
    await page.waitForSelector('[data-sighting="GW-77"]', { state: 'detached' })
    await page.locator('[data-sighting="roof-new"] button', { hasText: '登记' }).click()
    await page.fill('.adopt input[name=code]', 'MQ-01')
    await page.fill('.adopt input[name=name]', '新屋顶')
    assert.ok(await page.locator('.adopt button[type=submit]').isDisabled(), 'without a secret it cannot be sent')
    await page.fill('.adopt input[name=secret]', 'a secret')
    await shot(page, 'adopt')
    await page.click('.adopt button[type=submit]')
    await page.waitForSelector('.adopt [role=alert]')
    await page.fill('.adopt input[name=code]', 'MQ-10')
    await page.click('.adopt button[type=submit]')
    await page.waitForSelector('[data-gateway="MQ-10"]')
    assert.equal(await page.locator('[data-sighting]').count(), 0)
    assert.equal(service.state.sightings.length, 0)
    await sound('adopted')
  },
}
