/** Where the lake's tables lie, and which of their columns tell who a person is. docs/TABLES.md is held against it. */

export type Layer = 'bronze' | 'silver' | 'features' | 'gold' | 'ops';
export const LAYERS: readonly Layer[] = ['bronze', 'silver', 'features', 'gold', 'ops'];

export interface Table {
  readonly name: string;
  readonly layer: Layer;
  /** Of the bucket of its layer. */
  readonly folder: string;
  readonly personal: readonly string[];
}

const PERSON = ['email', 'phone', 'name', 'crm_id'];
/** Why a lead was lost is what sales wrote of somebody, in confidence. */
const PERSON_AND_WHY = [...PERSON, 'reason'];
const PERSON_WITH_LISTS = ['email', 'emails', 'phone', 'phones', 'crm_ids', 'name'];

/** The tables with versions, which each score or catalog run writes anew. */
export const TABLES: readonly Table[] = [
  { name: 'gold_lead_scores', layer: 'gold', folder: 'gold/lead_scores', personal: [] },
  { name: 'gold_sales_dashboard', layer: 'gold', folder: 'gold/sales_dashboard', personal: ['name', 'phone', 'email'] },
  { name: 'gold_kpi', layer: 'gold', folder: 'gold/kpi', personal: [] },
  { name: 'gold_conversion_metrics', layer: 'gold', folder: 'gold/conversion_metrics', personal: [] },
  { name: 'gold_attribution', layer: 'gold', folder: 'gold/attribution', personal: [] },
  { name: 'features_leads', layer: 'features', folder: 'features/leads', personal: [] },
  { name: 'silver_leads', layer: 'silver', folder: 'silver/leads', personal: PERSON_WITH_LISTS },
  { name: 'silver_lead_history', layer: 'silver', folder: 'silver/lead_history', personal: PERSON_WITH_LISTS },
  { name: 'silver_lead_events', layer: 'silver', folder: 'silver/lead_events', personal: PERSON_AND_WHY },
  { name: 'silver_lead_aliases', layer: 'silver', folder: 'silver/lead_aliases', personal: [] },
  { name: 'silver_lead_joins', layer: 'silver', folder: 'silver/lead_joins', personal: [] },
  { name: 'silver_lead_review', layer: 'silver', folder: 'silver/lead_review', personal: [] },
  { name: 'ops_ledger', layer: 'ops', folder: 'ops/ledger', personal: [] },
];

const ADDED_UP = ['gold_sales_dashboard', 'gold_kpi', 'gold_conversion_metrics', 'gold_attribution'];

/** Which function writes a table's versions. The catalog function adds up what the score function has found. */
export function writerOf(table: Table): 'score' | 'catalog' {
  return ADDED_UP.includes(table.name) ? 'catalog' : 'score';
}

/** Refused records are of the same people as accepted ones. What Firehose cannot deliver stays where it delivers to. */
const LIES_WITH: Readonly<Record<string, Layer>> = { quarantine: 'silver', undelivered: 'bronze' };

/** The layer, and so the bucket, that a folder lies in. What is none of the others' is of ops. */
export function layerOf(folder: string): Layer {
  const first = folder.split('/')[0] ?? '';
  return LIES_WITH[first] ?? LAYERS.find((layer) => layer === first) ?? 'ops';
}
