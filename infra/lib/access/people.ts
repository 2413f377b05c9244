import { Person } from '../../config';
import { Layer, Table, TABLES } from '../layout';
import { Source } from '../sources';

/** Those who only ask; the others work on files, too. */
export type Reader = Exclude<Person, 'pipeline' | 'privacy'>;
export const READERS: readonly Reader[] = ['analyst', 'scientist', 'sales'];

export interface Reading {
  readonly table: string;
  readonly layer: Layer;
  readonly folder: string;
  /** Whether there is another table with the same columns for all its versions. */
  readonly hasVersions: boolean;
  /** Columns that stay hidden. A folder hides none, so only a catalog that knows columns may give such a table. */
  readonly hidden: readonly string[];
  /** The only columns that are given, where contracts change what there is. Unset: all but the hidden ones. */
  readonly shown?: readonly string[];
}

/** What `silver_<source>` keeps of records beside what the contract has columns for: anything may stand in there. */
const AS_RECEIVED = ['extra', 'invalid'];
/** And what it says of where a record came from. Its partition column is nobody's to hide. */
const ABOUT_ARRIVAL = ['event_id_from_content', 'object_key', 'object_line', 'contract_version', 'arrived_at'];
const OF_SALES = ['gold_sales_dashboard', 'gold_lead_scores'];

/**
 * What each may read. Nobody here reads bronze, quarantine and the ledger's entries: bronze and quarantine hold what
 * people wrote, in whatever field.
 */
export function readingsOf(reader: Reader, sources: readonly Source[]): readonly Reading[] {
  switch (reader) {
    case 'analyst':
      return TABLES.filter((table) => table.layer === 'gold' && table.personal.length === 0).map(withoutPeople);
    case 'scientist':
      return [
        ...TABLES.filter((table) => ['features', 'gold', 'silver'].includes(table.layer)).map(withoutPeople),
        ...sources.map(silverOf),
      ];
    case 'sales':
      return TABLES.filter((table) => OF_SALES.includes(table.name)).map(whole);
  }
}

/** Of these, what can be given by folder. */
export function wholeOnly(readings: readonly Reading[]): readonly Reading[] {
  return readings.filter((reading) => reading.hidden.length === 0);
}

function withoutPeople(table: Table): Reading {
  return { ...whole(table), hidden: table.personal };
}

function whole({ name, layer, folder }: Table): Reading {
  return { table: name, layer, folder, hasVersions: true, hidden: [] };
}

function silverOf({ name, columns }: Source): Reading {
  const named = (personal: boolean) =>
    columns.filter((column) => column.personal === personal).map((column) => column.name);
  return {
    table: `silver_${name}`,
    layer: 'silver',
    folder: `silver/${name}`,
    hasVersions: false,
    hidden: [...named(true), ...AS_RECEIVED],
    shown: [...named(false), ...ABOUT_ARRIVAL],
  };
}
