import type { ECBasicOption } from 'echarts/types/dist/shared'
import { hatch, type ChartTokens } from './tokens'

/** Category axis below, value axis from zero with its unit at the head, light horizontal lines only. */
export function axes(tokens: ChartTokens, categories: readonly string[], unit: string, spell: (v: number) => string): ECBasicOption {
  const label = { color: tokens.text2, fontSize: 12, lineHeight: 16, fontFamily: tokens.font }
  const roomForAll = tokens.width / categories.length > 44
  return {
    grid: { left: 4, right: 8, top: 30, bottom: 4, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' },
    xAxis: [
      {
        type: 'category', data: [...categories], axisTick: { show: false }, axisLine: { lineStyle: { color: tokens.control } },
        axisLabel: { ...label, interval: roomForAll ? 0 : 'auto' },
      },
      { type: 'category', data: [...categories], show: false },
    ],
    // The second axes measure nothing: they give the bands of what is missing their height, and a place apart from the bars.
    yAxis: [
      {
        type: 'value', min: 0, splitNumber: 4, name: unit, nameTextStyle: { ...label, align: 'left' }, nameGap: 12,
        axisLabel: { ...label, formatter: spell }, splitLine: { lineStyle: { color: tokens.line } },
      },
      { type: 'value', min: 0, max: 1, show: false },
    ],
  }
}

/**
 * A hatched band, as high as the picture, wherever a value is missing: a gap is drawn and not left out. Where all is missing there is no gap
 * to show, and the axes stay empty.
 */
export const missingBands = (tokens: ChartTokens, values: readonly (number | null)[]) => ({
  type: 'bar', name: 'missing', xAxisIndex: 1, yAxisIndex: 1, barCategoryGap: '10%', silent: true, z: 1,
  itemStyle: { color: 'transparent', opacity: 0.6, decal: hatch(tokens.control) },
  data: values.map(v => (v === null && values.some(other => other !== null) ? 1 : null)),
})

/** The frame of a tooltip; its text is escaped where it is made. */
export const tooltip = (tokens: ChartTokens): ECBasicOption => ({
  trigger: 'axis', confine: true, axisPointer: { type: 'shadow', shadowStyle: { color: tokens.control, opacity: 0.12 } },
  backgroundColor: tokens.card, borderColor: tokens.control, textStyle: { color: tokens.text1, fontSize: 12, fontFamily: tokens.font },
})

/** Text made safe for a tooltip, which is HTML. */
export const escape = (text: string): string =>
  text.replace(/[&<>"']/g, sign => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[sign]!)
