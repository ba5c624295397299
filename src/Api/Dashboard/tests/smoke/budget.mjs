// Holds the built bundle to its sizes on the wire (gzip, in KB of 1000 bytes).
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

const assets = fileURLToPath(new URL('../../../wwwroot/assets/', import.meta.url))
const files = readdirSync(assets).map(name => ({ name, size: gzipSync(readFileSync(assets + name)).length / 1000 }))
const sum = chosen => files.filter(chosen).reduce((total, file) => total + file.size, 0)

const later = /^(echarts|en|LoginPage|InstitutionDrawer|GatewaysPage|GatewayDrawer|gatewayWords)-/
const budgets = [
  ['JavaScript of the overview', sum(({ name }) => name.endsWith('.js') && !later.test(name)), 190],
  ['style sheets of the overview', sum(({ name }) => name.endsWith('.css') && !later.test(name)), 25],
  ['charts', sum(({ name }) => /^echarts-.*\.js$/.test(name)), 200],
  ['login page', sum(({ name }) => /^LoginPage-.*\.js$/.test(name)), 60],
  ['institution', sum(({ name }) => /^InstitutionDrawer-.*\.js$/.test(name)), 60],
  ['gateways', sum(({ name }) => /^(GatewaysPage|GatewayDrawer|gatewayWords)-.*\.js$/.test(name)), 30],
  ['English', sum(({ name }) => /^en-.*\.js$/.test(name)), 40],
]

for (const [what, size, limit] of budgets) {
  // A budget that finds no file holds nothing.
  const kept = size > 0 && size <= limit
  if (!kept) process.exitCode = 1
  console.log(`${kept ? 'ok  ' : 'FAIL'}  ${what}: ${size.toFixed(1)} of ${limit} KB`)
}
