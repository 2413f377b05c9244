// Makes assets/charts.min.js, or the file that is named: one script that needs nothing else.
// A CommonJS file, since only these look for packages in NODE_PATH, which tools/node-env.sh fills.
const fs = require('node:fs');
const path = require('node:path');
const esbuild = require('esbuild');

const output = process.argv[2] ?? path.join(__dirname, '..', 'assets', 'charts.min.js');

// Where the packages are: esbuild looks beside its input only.
const packages = require.resolve
  .paths('echarts')
  .find((folder) => fs.existsSync(path.join(folder, 'echarts', 'package.json')));

// The licences ask that whoever gets the script gets these words.
function notice() {
  const read = (name, file) => fs.readFileSync(path.join(packages, name, file), 'utf8').trim();
  const version = (name) => JSON.parse(read(name, 'package.json')).version;
  const parts = [
    'Charts of the leadlake report. Made by lib/report/page/build.cjs; do not edit.',
    `It holds Apache ECharts ${version('echarts')}, under the Apache License, Version 2.0:\n`
      + 'https://www.apache.org/licenses/LICENSE-2.0',
    read('echarts', 'NOTICE'),
    'Parts of it come from d3.js, BSD 3-Clause:',
    read('echarts', 'licenses/LICENSE-d3'),
    `It holds ZRender ${version('zrender')}:`,
    read('zrender', 'LICENSE'),
  ];
  return `/*!\n${parts.join('\n\n')}\n*/`;
}


esbuild.buildSync({
  entryPoints: [path.join(__dirname, 'src', 'charts.js')],
  outfile: output,
  bundle: true,
  minify: true,
  format: 'iife',
  target: ['es2020'],
  charset: 'ascii',
  legalComments: 'none',
  banner: { js: notice() },
  define: { 'process.env.NODE_ENV': '"production"' },
  absWorkingDir: __dirname,
  nodePaths: [packages],
  logLevel: 'warning',
});
