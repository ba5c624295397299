import { mount } from '@vue/test-utils'
import { describe, expect, it } from 'vitest'
import BulletGraph from '../../src/figures/BulletGraph.vue'
import { bulletEnd } from '../../src/figures/bulletScale'
import ChangeWords from '../../src/figures/ChangeWords.vue'
import MetricValue from '../../src/figures/MetricValue.vue'
import { i18n } from '../../src/i18n'
import { metric } from './overviewRows'

const global = { plugins: [i18n] }
const show = (change: Parameters<typeof metric>[0], quality = {}) => {
  const value = metric(change, 'kWh')
  return mount(MetricValue, { global, props: { metric: { ...value, q: { ...value.q, ...quality } }, name: 'x' } })
}
const words = (v: number | null) =>
  mount(ChangeWords, { global, props: { name: 'x', change: { v, reason: v === null ? 'BASE_ZERO' as const : null, from: '2025-01-01T00:00:00Z', to: '2025-03-17T06:45:00Z' } } }).text()

describe('a number on the screen', () => {
  it('carries its raw value and unit', () => {
    const shown = show(123456.789).get('[data-metric=x]')
    expect(shown.attributes()).toMatchObject({ 'data-v': '123456.789', 'data-u': 'kWh' })
    expect(shown.text()).toBe('12.35万kWh')
  })

  it('that is missing is a dash with its reason, and never zero', () => {
    expect(show(null).text()).toBe('—本期无数据')
    expect(show(0).text()).toBe('0kWh')
  })

  it('with a reason this version does not know still says that there is none', () => {
    expect(show(null, { reason: 'SOMETHING_NEW' }).text()).toContain('暂无数值')
  })

  it.each([[0.9501, ''], [0.95, ''], [0.949, 'warn'], [0.79, 'over']])('of coverage %d is marked %j', (coverage, tone) => {
    const chip = show(1, { coverage }).find('.chip')
    expect(chip.exists() ? chip.classes().filter(name => name !== 'chip') : '').toEqual(tone === '' ? '' : [tone])
  })

  it('that was estimated in part says so', () => {
    expect(show(1, { estimated: 0.032 }).text()).toContain('含估算 3.2%')
    expect(show(1, { estimated: 0 }).find('.chip').exists()).toBe(false)
  })
})

describe('a change', () => {
  it.each([[-0.032, '↓较上年同期下降 3.2%'], [0.1, '↑较上年同期上升 10.0%'], [0.0004, '→与上年同期持平']])('of %d reads %s', (v, text) => {
    expect(words(v)).toBe(text)
  })

  it('on a base of zero is not a number', () => {
    expect(words(null)).toBe('较上年同期 —（基数为零）')
  })
})

describe('a bullet graph', () => {
  it('keeps everything inside, however far the year is over', () => {
    const graph = mount(BulletGraph, { props: { used: 1.9, pace: 0.5, projection: { low: 2, mid: 3, high: 4 }, tone: 'over', label: 'x', end: bulletEnd([1.9, 4]) } })
    const places = graph.findAll('circle, line, rect').flatMap(each => ['cx', 'x1', 'x2', 'width'].flatMap(name => each.attributes(name) ?? []))
    expect(places.every(place => parseFloat(place) <= 100)).toBe(true)
  })

  it('without a value has no bar', () => {
    expect(mount(BulletGraph, { props: { used: null, pace: null, tone: 'none', label: 'x', end: 1.2 } }).find('.bar').exists()).toBe(false)
  })
})
