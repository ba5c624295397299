import type { ECBasicOption } from 'echarts/types/dist/shared'
import type { ChartTokens } from './tokens'

/** Category axis below, value axis from zero with its unit at the head, light horizontal lines only. */
export function axes(tokens: ChartTokens, categories: readonly string[], unit: string, spell: (v: number) => string): ECBasicOption {
  const label = { color: tokens.text2, fontSize: 12, fontFamily: 'inherit' }
  return {
    grid: { left: 4, right: 8, top: 30, bottom: 4, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' },
    xAxis: {
      type: 'category', data: [...categories], axisLabel: { ...label, hideOverlap: true },
      axisLine: { lineStyle: { color: tokens.control } }, axisTick: { show: false },
    },
    yAxis: {
      type: 'value', min: 0, splitNumber: 4, name: unit, nameTextStyle: { ...label, align: 'left' }, nameGap: 12,
      axisLabel: { ...label, formatter: spell }, splitLine: { lineStyle: { color: tokens.line } },
    },
  }
}

/** The frame of a tooltip; its text is escaped where it is made. */
export const tooltip = (tokens: ChartTokens): ECBasicOption => ({
  trigger: 'axis', confine: true, axisPointer: { type: 'shadow', shadowStyle: { color: tokens.control, opacity: 0.12 } },
  backgroundColor: tokens.card, borderColor: tokens.control, textStyle: { color: tokens.text1, fontSize: 12, fontFamily: 'inherit' },
})

/** Text made safe for a tooltip, which is HTML. */
export const escape = (text: string): string =>
  text.replace(/[&<>"']/g, sign => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[sign]!)
