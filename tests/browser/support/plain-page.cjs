// The least page that the charts can stand in: the report's markup and its ban on the network, without its style.
const fs = require('node:fs');
const path = require('node:path');

const SCRIPT = path.join(__dirname, '..', '..', '..', 'lib', 'report', 'assets', 'charts.min.js');

// The names of assets/report.css, in colours that are told apart.
const STYLE = `
  :root { --ink: #111111; --muted: #555555; --line: #dddddd; --surface: #ffffff; --alarm: #aa0000; --watch: #996600;
    --series-1: #0000ee; --series-2: #00aa00; --series-3: #cc00cc; --series-4: #008888; }
  @media screen and (prefers-color-scheme: dark) {
    :root { --ink: #eeeeee; --muted: #aaaaaa; --line: #333333; --surface: #000000; --series-1: #99ccff; }
  }
  body { margin: 0; color: var(--ink); background: var(--surface); }
  figure { margin: 0 0 8px; }
`;

const POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'nonce-style'";

// `spec` is what the figure is to show; a text is taken as it is, so that it can be broken.
function figure({ id, chart, size, spec, wrap = (inner) => inner }) {
  const json = typeof spec === 'string' ? spec : JSON.stringify(spec).replaceAll('<', '\\u003c');
  const sized = size ? ` data-size="${size}"` : '';
  return wrap(`<figure id="${id}" class="chart" data-chart="${chart}"${sized} role="group" aria-labelledby="${id}-name">
<figcaption id="${id}-name">${id}</figcaption><div class="plot" aria-hidden="true"></div>
<script type="application/json">${json}</script>
<details><summary>Numbers</summary><table><tr><td>1</td></tr></table></details></figure>`);
}

function writePlainPage(file, figures) {
  const script = fs.readFileSync(SCRIPT, 'utf8');
  fs.writeFileSync(
    file,
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Charts</title>
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<style nonce="style">${STYLE}</style></head><body>${figures.map(figure).join('\n')}
<script>${script}</script></body></html>`,
  );
}

module.exports = { SCRIPT, writePlainPage };
