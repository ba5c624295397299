// Drives the built dashboard in a browser against the played API. `SHOTS=dir` keeps a picture of every look.
import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { launch, openPage } from './browser.mjs'
import { gatewayScenarios } from './gatewayScenarios.mjs'
import { scenarios } from './scenarios.mjs'
import { startService } from './service.mjs'

const shots = process.env.SHOTS
if (shots) await mkdir(shots, { recursive: true })

const browser = await launch()
let passed = 0
const failed = []
for (const [name, scenario] of Object.entries({ ...scenarios, ...gatewayScenarios })) {
  if (process.argv[2] && !name.includes(process.argv[2])) continue
  const service = await startService()
  const pages = []
  try {
    await scenario({
      service, assert,
      open: async options => {
        const opened = await openPage(browser, service, options)
        pages.push(opened)
        return opened
      },
      shot: (page, file, fullPage = true) => (shots ? page.screenshot({ path: join(shots, `${file}.png`), fullPage }) : undefined),
    })
    passed++
    console.log(`ok    ${name}`)
  } catch (fault) {
    failed.push(name)
    console.log(`FAIL  ${name}\n      ${fault.stack ?? fault}`)
  } finally {
    for (const page of pages) await page.close()
    service.stop()
  }
}
await browser.close()
console.log(`${passed} passed, ${failed.length} failed, 0 skipped`)
process.exit(failed.length === 0 ? 0 : 1)
