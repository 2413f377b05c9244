import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { TABLES } from './layout';
import { OWN_NAMES } from './names';

/** What a contract says of a source, as far as what is deployed depends on it. */
export interface Source {
  readonly name: string;
  readonly description: string;
  readonly columns: readonly Column[];
  readonly levels: ServiceLevels;
}

export interface Column {
  readonly name: string;
  readonly description: string;
  /** Tells who a person is, or was told in confidence. */
  readonly personal: boolean;
}

/** Unset: the stage's own. */
export interface ServiceLevels {
  /** A source that is silent for longer is one that broke. From `frequency`. */
  readonly silenceHours?: number;
  /** From `errorRate`. */
  readonly refusedPercent?: number;
  /** From `retention`. */
  readonly retentionDays?: number;
  /** From arrival in bronze to silver. From `timeToSilver`. */
  readonly latencySeconds?: number;
}

const CONTRACT = '.odcs.yaml';
/** What fits into a path, a table and a queue alike. AWS allows rules 64 characters, and ours begin with up to 24. */
const NAME = /^[a-z][a-z0-9_]{0,39}$/;
/** Beside each table with versions stands another one, which has them all. */
const TABLES_OF_THE_LAKE = TABLES.flatMap(({ name }) => [name, `${name}_versions`]);
/** Others tell nothing about a person. */
const PERSONAL = ['restricted', 'confidential'];

/** What each unit is in the unit of the level, which lies between two bounds. */
interface Scale {
  readonly in: string;
  readonly least: number;
  readonly most: number;
  readonly units: Readonly<Record<string, number>>;
}

const DAYS = {
  d: 1, day: 1, days: 1, w: 7, week: 7, weeks: 7, month: 31, months: 31, y: 365.25, year: 365.25, years: 365.25,
};
const HOURS = { h: 1, hour: 1, hours: 1 };
const RETENTION: Scale = { in: 'days', least: 1, most: 36_525, units: DAYS };
/** A source that is silent for a year is one that is gone. */
const FREQUENCY: Scale = { in: 'hours', least: 1, most: 8_784, units: { ...HOURS, ...scaled(DAYS, 24) } };
/** What SQS has kept for four days is lost to it. */
const TIME_TO_SILVER: Scale = {
  in: 'seconds',
  least: 1,
  most: 345_600,
  units: { s: 1, second: 1, seconds: 1, m: 60, min: 60, minute: 60, minutes: 60, ...scaled(HOURS, 3600) },
};
const ERROR_RATE: Scale = { in: 'percent', least: 0.001, most: 99.999, units: { percent: 1, '%': 1 } };

interface Contract {
  readonly slaProperties?: readonly Level[];
  readonly description?: { readonly purpose?: string };
  readonly schema?: readonly { readonly name?: string; readonly properties?: readonly Property[] }[];
}

interface Level {
  readonly property: string;
  readonly value: unknown;
  readonly unit?: string;
}

interface Property {
  readonly name: string;
  readonly description?: string;
  readonly classification?: string;
  readonly customProperties?: readonly { readonly property: string; readonly value: unknown }[];
}

/** One for each contract, by name. That a contract is sound is `leadlake contract lint`'s business; here it is read. */
export function readSources(folder: string): readonly Source[] {
  const files = readdirSync(folder).filter((file) => file.endsWith(CONTRACT)).sort();
  if (files.length === 0) {
    throw new Error(`there is no contract (*${CONTRACT}) in ${folder}`);
  }
  return files.map((file) => {
    try {
      const contract = parse(readFileSync(join(folder, file), 'utf8')) as Contract | null;
      return sourceOf(file.slice(0, -CONTRACT.length), contract);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new Error(`${join(folder, file)}: ${why}; leadlake contract lint says all that is wrong`, { cause: error });
    }
  });
}

function sourceOf(name: string, contract: Contract | null): Source {
  if (!NAME.test(name)) {
    const possible = 'up to 40 lower-case letters, digits and underscores, a letter first';
    throw new Error(`"${name}" can be no source; take ${possible}`);
  }
  if (TABLES_OF_THE_LAKE.includes(`silver_${name}`)) {
    throw new Error(`"${name}" can be no source: silver_${name} is a table of the lake; name it otherwise`);
  }
  if (OWN_NAMES.includes(name)) {
    throw new Error(`"${name}" can be no source: the deployment calls something of its own so; take "${name}_events"`);
  }
  const tables = contract?.schema ?? [];
  const [table] = tables;
  if (!contract || !table || tables.length > 1) {
    throw new Error(`its schema has ${tables.length} tables; give it one, named "${name}"`);
  }
  if (table.name !== name) {
    throw new Error(`its schema is named "${table.name}"; name it "${name}" like the file`);
  }
  if (!table.properties?.length) {
    throw new Error('its schema has no properties; each is a column');
  }
  return {
    name,
    description: contract.description?.purpose ?? name,
    columns: table.properties.flatMap(columnsOf),
    levels: levelsOf(contract.slaProperties ?? []),
  };
}

/** A column that keeps what was received has it in another one beside it. */
function columnsOf(property: Property): readonly Column[] {
  const custom = new Map(property.customProperties?.map(({ property: key, value }) => [key, value]));
  const personal = PERSONAL.includes(property.classification ?? '') || custom.has('identity');
  const column = { name: property.name, description: property.description ?? '', personal };
  if (custom.get('keepOriginal') !== true) {
    return [column];
  }
  return [column, { name: `${property.name}_original`, description: `${property.name} as received`, personal }];
}

function levelsOf(levels: readonly Level[]): ServiceLevels {
  const retention = levelOf(levels, 'retention', RETENTION);
  return {
    silenceHours: levelOf(levels, 'frequency', FREQUENCY),
    refusedPercent: levelOf(levels, 'errorRate', ERROR_RATE),
    retentionDays: retention === undefined ? undefined : Math.ceil(retention),
    latencySeconds: levelOf(levels, 'timeToSilver', TIME_TO_SILVER),
  };
}

function levelOf(levels: readonly Level[], property: string, scale: Scale): number | undefined {
  const found = levels.filter((level) => level.property === property);
  const [level] = found;
  if (!level) {
    return undefined;
  }
  if (found.length > 1) {
    throw new Error(`slaProperties has ${property} ${found.length} times; keep one`);
  }
  const factor = Object.entries(scale.units).find(([unit]) => unit === level.unit)?.[1];
  if (typeof level.value !== 'number' || Number.isNaN(level.value) || factor === undefined) {
    const known = Object.keys(scale.units).join(', ');
    throw new Error(`slaProperties ${property}: give a number as value, and as unit one of ${known}`);
  }
  const value = level.value * factor;
  if (value < scale.least || value > scale.most) {
    const bounds = `${scale.least} to ${scale.most} ${scale.in}`;
    const written = `${level.value} ${level.unit}`;
    throw new Error(`slaProperties ${property}: ${written} is none of the ${bounds} that can be kept to`);
  }
  return value;
}

function scaled(units: Readonly<Record<string, number>>, factor: number): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(units).map(([unit, size]) => [unit, size * factor]));
}
