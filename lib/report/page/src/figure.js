// One figure of the page: its spec, its plot, and how large the chart is.
import { init, use } from 'echarts/core';
import { BarChart, LineChart } from 'echarts/charts';
import { GridComponent, LegendPlainComponent, TooltipComponent } from 'echarts/components';
import { SVGRenderer } from 'echarts/renderers';
import { bar } from './bar.js';
import { funnel } from './funnel.js';
import { line } from './line.js';
import { reliability } from './reliability.js';
import { spark } from './spark.js';
import { readSpec } from './spec.js';

use([BarChart, LineChart, GridComponent, LegendPlainComponent, TooltipComponent, SVGRenderer]);

const KINDS = { bar, funnel, line, reliability, spark };

// What fits between the margins of A4 and Letter, where cards stand in pairs.
const PAPER_WIDTH = 640;
const SMALL_PAPER_WIDTH = 300;

export class Figure {
  // Nothing where the figure cannot be drawn.
  static open(element) {
    try {
      const figure = new Figure(element);
      figure.fitScreen();
      figure.observe();
      return figure;
    } catch {
      showTable(element);
      return null;
    }
  }

  constructor(element) {
    this.element = element;
    this.plot = element.querySelector('.plot');
    this.spec = readSpec(element);
    this.isSmall = element.dataset.size === 'small';
    this.kind = KINDS[this.isSmall ? 'spark' : element.dataset.chart];
    if (!this.plot || !this.kind) throw new Error('no such chart');
    this.chart = null;
    this.width = 0;
  }

  observe() {
    new ResizeObserver(() => this.refit()).observe(this.plot);
  }

  // Called by the browser, where nobody catches what is thrown.
  refit() {
    try {
      this.fitScreen();
    } catch {
      showTable(this.element);
    }
  }

  fitScreen() {
    this.draw(Math.floor(this.plot.clientWidth));
  }

  fitPaper() {
    if (this.chart) this.draw(this.isSmall ? SMALL_PAPER_WIDTH : PAPER_WIDTH);
  }

  // Inside closed details nothing has a width; the figure is drawn once it is seen.
  draw(width) {
    if (width <= 0 || width === this.width) return;
    const { height, option } = this.kind(this.spec, width);
    this.plot.style.height = `${height}px`;
    if (this.chart) this.chart.resize({ width, height });
    else this.chart = init(this.plot, null, { renderer: 'svg', width, height });
    this.chart.setOption({ animation: false, ...option }, { notMerge: true });
    this.chart.getZr().flush();
    this.width = width;
    this.letShrink(width, height);
    this.element.dataset.drawn = 'yes';
  }

  // Where paper is narrower than the chart, the drawing shrinks and is not cut off.
  letShrink(width, height) {
    const svg = this.plot.querySelector('svg');
    svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
    svg.style.maxWidth = '100%';
    svg.style.height = 'auto';
    svg.parentElement.style.maxWidth = '100%';
  }
}

function showTable(element) {
  element.dataset.drawn = 'no';
  const plot = element.querySelector('.plot');
  if (plot) plot.hidden = true;
  const details = element.querySelector('details');
  if (details) details.open = true;
}
