import { BarChart, ScatterChart } from 'echarts/charts'
import { GridComponent, TooltipComponent } from 'echarts/components'
import { init, use } from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'

// SVG prints, scales and can be read by tests; only what the pictures use is registered.
use([BarChart, ScatterChart, GridComponent, TooltipComponent, SVGRenderer])

export { init }
