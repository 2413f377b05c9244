// Finds every figure with a chart and draws it. All numbers stand in the page's tables already, so a chart that
// cannot be drawn takes nothing away: its table is opened instead.
import { Figure } from './figure.js';

function drawAll() {
  const figures = [];
  for (const element of document.querySelectorAll('figure[data-chart]')) {
    const figure = Figure.open(element);
    if (figure) figures.push(figure);
  }
  window.addEventListener('beforeprint', () => figures.forEach((figure) => figure.fitPaper()));
  window.addEventListener('afterprint', () => figures.forEach((figure) => figure.fitScreen()));
}

if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', drawAll);
else drawAll();
