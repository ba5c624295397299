import { createServer } from 'node:http'
import { readFile } from 'node:fs/promises'
import { extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as county from './county.mjs'
import * as gateways from './gateways.mjs'

const root = fileURLToPath(new URL('../../../wwwroot/', import.meta.url))
const types = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' }

/** Serves the built dashboard and plays the API. `state` is what a scenario changes: the overview, whether it fails, who is in. */
export async function startService() {
  const state = { overview: county.overview, overviewFault: null, gateways: gateways.rows, sightings: gateways.sightings, signedIn: false, streams: new Set(), asked: [] }
  const server = createServer((request, response) => void answer(state, request, response))
  await new Promise(ready => server.listen(0, '127.0.0.1', ready))
  return {
    state,
    address: `http://127.0.0.1:${server.address().port}`,
    changed: () => state.streams.forEach(stream => stream.write('event: overview\ndata: {}\n\n')),
    stop: () => {
      state.streams.forEach(stream => stream.end())
      server.closeAllConnections()
      server.close()
    },
  }
}

async function answer(state, request, response) {
  const url = new URL(request.url, 'http://local')
  if (!url.pathname.startsWith('/api/v1/')) return file(url.pathname, response)
  state.asked.push(url.pathname + url.search)
  const path = url.pathname.slice('/api/v1'.length)
  if (path === '/auth/login') {
    const { password } = JSON.parse(await bodyOf(request))
    if (password !== 'right') return problem(response, 401, 'WRONG_PASSWORD')
    state.signedIn = true
    return json(response, { token: 't', expiresAt: '2026-03-18T06:00:00Z', user: county.user })
  }
  if (!state.signedIn) return problem(response, 401, 'UNAUTHORIZED')
  if (path === '/auth/logout') {
    state.signedIn = false
    return response.writeHead(204).end()
  }
  if (path === '/stream') {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' })
    response.write('event: overview\ndata: {}\n\n')
    state.streams.add(response)
    request.on('close', () => state.streams.delete(response))
    return
  }
  if (path === '/overview') return state.overviewFault ? problem(response, 500, state.overviewFault) : json(response, state.overview)
  const sighting = /^\/gateways\/sightings\/(\d+)(\/adopt)?$/.exec(path)
  if (sighting) {
    const body = sighting[2] ? JSON.parse(await bodyOf(request)) : null
    if (body?.code === 'MQ-01') return problem(response, 409, 'CODE_TAKEN')
    state.sightings = state.sightings.filter(each => each.id !== Number(sighting[1]))
    if (body) state.gateways = [...state.gateways, { ...gateways.never, code: body.code, name: body.name }]
    return body ? json(response, { registryVersion: 2 }) : response.writeHead(204).end()
  }
  if (path === '/gateways') return json(response, { items: state.gateways, next: null })
  if (path === '/gateways/sightings') return json(response, { items: state.sightings, forgotten: 0 })
  const shown = state.gateways.find(each => path === `/gateways/${each.code}`)
  if (shown) return json(response, { ...gateways.detail, current: shown })
  const fixed = { '/auth/me': county.user, '/indicators': county.indicators, '/usage': county.usage, '/indicators/1/provenance': county.provenance }[path]
  return fixed ? json(response, fixed) : problem(response, 404, 'NOT_FOUND')
}

// As strict as the service's own policy: what the built files may not do there, they may not do here.
const policy = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; object-src 'none'; frame-ancestors 'none'; base-uri 'self'"

async function file(path, response) {
  const name = extname(path) === '' ? 'index.html' : normalize(path).replace(/^[/\\]+/, '')
  const bytes = await readFile(join(root, name)).catch(() => null)
  if (bytes === null) return response.writeHead(404).end()
  response.writeHead(200, { 'Content-Type': types[extname(name)] ?? 'application/octet-stream', 'Content-Security-Policy': policy }).end(bytes)
}

function json(response, body) {
  response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
}

function problem(response, status, code) {
  response.writeHead(status, { 'Content-Type': 'application/problem+json' }).end(JSON.stringify({ type: 'about:blank', title: code, status, code, traceId: 'a1b2c3d4' }))
}

async function bodyOf(request) {
  let text = ''
  for await (const chunk of request) text += chunk
  return text
}
