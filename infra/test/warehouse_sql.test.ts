import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { WAREHOUSE_READERS } from '../lib/warehouse/warehouse';
import { readScripts, statementsOf } from '../lib/warehouse/sql';

const VALUES = {
  glue_database: 'leadlake_prod',
  lake_role: 'arn:aws:iam::1:role/lake',
  features_role: 'arn:aws:iam::1:role/features',
};

describe('statements', () => {
  const cases: Readonly<Record<string, readonly [string, readonly string[]]>> = {
    'end with a semicolon or with the file': ['SELECT 1; SELECT 2', ['SELECT 1', 'SELECT 2']],
    'are none where nothing is said': [' ;; -- no\n ; /* none */ ', []],
    'go on after a semicolon in text': ["SELECT ';', 'it''s; so'; SELECT 2", ["SELECT ';', 'it''s; so'", 'SELECT 2']],
    'go on after a semicolon in a name': ['SELECT 1 AS "a;b""c;"; SELECT 2', ['SELECT 1 AS "a;b""c;"', 'SELECT 2']],
    'go on after a semicolon in a comment': ['SELECT 1 -- one; and\n + 2; SELECT 3', ['SELECT 1  \n + 2', 'SELECT 3']],
    'go on after comments within comments': ['SELECT /* a; /* b; */ c; */ 1; SELECT 2', ['SELECT   1', 'SELECT 2']],
    'keep what only looks like a comment': ["SELECT '--', '/*' ; SELECT '*/'", ["SELECT '--', '/*'", "SELECT '*/'"]],
    'end within a comment that has a quote': ["SELECT 1 -- it's\n; SELECT 2", ['SELECT 1', 'SELECT 2']],
    'keep the bodies of procedures': [
      "AS $$ BEGIN; 'x' $b$ END; $$; SELECT $b$;$$;$b$",
      ["AS $$ BEGIN; 'x' $b$ END; $$", 'SELECT $b$;$$;$b$'],
    ],
    'keep blank lines in text': ["SELECT 'a\n\n-- b'", ["SELECT 'a\n\n-- b'"]],
    'know a minus from a comment': ['SELECT 3 - -1', ['SELECT 3 - -1']],
  };
  for (const [what, [text, expected]] of Object.entries(cases)) {
    test(what, () => assert.deepEqual(statementsOf(text), expected));
  }

  for (const [text, message] of [
    ["SELECT 1;\nSELECT 'no end", /line 2: what begins with ' does not end/],
    ['SELECT "no end', /begins with " does not end/],
    ['SELECT 1 /* /* */', /begins with \/\* does not end/],
    ['AS $x$ no end $$', /begins with \$x\$ does not end/],
    ["SELECT 'a\\'; DROP SCHEMA mart; --'", /line 1: a backslash/],
  ] as const) {
    test(`are refused: ${text.slice(0, 20).replace('\n', ' ')}`, () =>
      assert.throws(() => statementsOf(text), message));
  }
});

describe('placeholders', () => {
  test('are filled in text and as names, and left alone in comments', () => {
    const text = '-- {{unknown}}\nSELECT \'{{role}}\', {{ name }} FROM "{{name}}"';
    assert.deepEqual(statementsOf(text, { role: 'arn:x', name: 'lake' }), ['SELECT \'arn:x\', lake FROM "lake"']);
  });

  test('cannot end the text that they stand in', () => {
    assert.deepEqual(statementsOf("SELECT '{{role}}'", { role: "a'; DROP SCHEMA mart; --" }), [
      "SELECT 'a''; DROP SCHEMA mart; --'",
    ]);
  });

  for (const [why, text, values, message] of [
    [
      'of which nothing is known',
      "SELECT '{{rolle}}'",
      { role: 'x' },
      /nothing is known of \{\{rolle\}\}; known are: role/,
    ],
    ['that only every object has', "SELECT '{{constructor}}'", {}, /nothing is known/],
    ['that are empty', "SELECT '{{role}}'", { role: '' }, /\{\{role\}\} is empty/],
    ['without a name', "SELECT '{{}}'", { role: 'x' }, /nothing is known of \{\{\}\}/],
    ['with code for a name', 'SELECT * FROM {{name}}', { name: 'a; DROP SCHEMA mart' }, /between single quotes/],
    ['with a quote for a name', 'SELECT * FROM "{{name}}"', { name: 'a"b' }, /between single quotes/],
    ['with a backslash', "SELECT '{{role}}'", { role: "\\'" }, /holds a backslash/],
  ] as const) {
    test(`${why} are refused`, () => assert.throws(() => statementsOf(text, values), message));
  }
});

describe('the files', () => {
  const scripts = readScripts('warehouse', VALUES);
  const all = scripts.flatMap(({ statements }) => statements);

  test('are all read, in the order of their numbers', () => {
    const there = readdirSync('warehouse').sort();
    assert.deepEqual(
      scripts.map(({ file }) => file),
      there,
    );
    assert.ok(scripts.every(({ statements }) => statements.length > 0));
  });

  test('give each who may ask a role, and rights to nobody else', () => {
    const roles = all.flatMap((statement) => /^CREATE ROLE (\w+)$/.exec(statement)?.[1] ?? []);
    assert.deepEqual(roles.sort(), [...WAREHOUSE_READERS].sort());
    const given = all
      .filter((statement) => statement.startsWith('GRANT'))
      .map((statement) => statement.split(' TO ')[1] ?? '');
    assert.ok(given.length > 0);
    for (const to of given.flatMap((list) => list.split(', '))) {
      assert.ok(roles.map((role) => `ROLE ${role}`).includes(to), to);
    }
  });

  test('show features to scientists only', () => {
    const rights = all.filter((statement) => statement.startsWith('GRANT') && statement.includes('features'));
    assert.deepEqual(rights, ['GRANT USAGE ON SCHEMA features TO ROLE scientist']);
    assert.ok(
      all.filter((statement) => statement.startsWith('CREATE VIEW')).every((view) => !/\bfeatures\b/.test(view)),
    );
  });

  test('can be made again, and a role has its file to itself', () => {
    for (const { file, statements } of scripts) {
      for (const statement of statements) {
        const name = /^CREATE VIEW (\S+)/.exec(statement)?.[1];
        assert.ok(!name || statements.includes(`DROP VIEW IF EXISTS ${name}`), file);
        assert.ok(!/^CREATE (EXTERNAL )?SCHEMA (?!IF NOT EXISTS)/.test(statement), file);
        assert.ok(!statement.startsWith('CREATE ROLE') || statements.length === 1, file);
        assert.ok(!statement.startsWith('CREATE EXTERNAL SCHEMA') || statements.length === 1, file);
      }
    }
  });

  test('with a name out of order are refused', () => {
    const folder = mkdtempSync(join(tmpdir(), 'leadlake-sql-'));
    writeFileSync(join(folder, '100_fine.sql'), 'SELECT 1');
    writeFileSync(join(folder, 'last.sql'), 'SELECT 2');
    assert.throws(() => readScripts(folder, {}), /last\.sql: name it like/);
  });
});
