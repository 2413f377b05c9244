import { calculated, overDays, summed } from './calculated';
import { day, measure, newestDay, text, Value } from './fields';
import { days } from './kpi_sheet';
import { TogetherOf } from './kpis';
import { Part, Sheet } from './sheet';
import { bars, lines, table } from './visuals';

const METRICS = 'conversion_metrics';
const CREDIT = 'attribution';
const KPIS = 'kpis';
const THIRD = 12;
const HALF = 18;

/** What each source brings, what it costs in refused records, and when it was last heard of. */
export function sourceSheet(together: TogetherOf): Sheet {
  return {
    id: 'sources',
    name: 'Sources',
    description: 'What each source brings, which of its records are refused, and when it last delivered.',
    rows: [
      [
        metric('leads', 'Leads by source', summed(METRICS, 'leads')),
        metric('conversion', 'Conversion by source', calculated(METRICS, 'conversion_rate', 'share')),
        metric('hot', 'Hot share by source', calculated(METRICS, 'hot_share', 'share')),
      ],
      [
        metric('score', 'Average score by source', calculated(METRICS, 'average_score', 'points')),
        metric('revenue', 'Revenue by source', summed(METRICS, 'revenue')),
        lastDelivery(),
      ],
      [credit('conversions', 'Conversions credited to sources'), credit('revenue', 'Revenue credited to sources')],
      [leadsByDay(), refused(together)],
    ],
    controls: [
      days('sources'),
      { id: 'sources-source', title: 'Source', column: { of: METRICS, column: 'source' }, shows: 'all' },
    ],
  };
}

function metric(id: string, title: string, value: Value): Part {
  const visual = bars(
    { id: `${id}-by-source`, title, subtitle: 'By source and day of the first touch' },
    { value, along: text({ of: METRICS, column: 'source' }) },
  );
  return { visual, width: THIRD };
}

/** Rules are beside one another: each credits every conversion. */
function credit(column: string, title: string): Part {
  const visual = bars(
    { id: `${column}-credited`, title, subtitle: 'By the first touch and by the last, each within its window' },
    {
      value: summed(CREDIT, column),
      along: text({ of: CREDIT, column: 'source' }),
      colour: { of: CREDIT, column: 'rule' },
    },
  );
  return { visual, width: HALF };
}

function leadsByDay(): Part {
  const visual = lines(
    { id: 'leads-by-source-and-day', title: 'Leads by day', subtitle: 'By the day of the first touch' },
    {
      values: [summed(METRICS, 'leads')],
      along: day({ of: METRICS, column: 'date' }),
      colour: { of: METRICS, column: 'source' },
    },
  );
  return { visual, width: HALF };
}

function refused(together: TogetherOf): Part {
  const [kpi, name, by] = ['processing_success_rate', 'refused', 'source'] as const;
  const visual = bars(
    { id: 'refused-by-source', title: 'Refused records by source', subtitle: 'Share that went to quarantine' },
    { value: overDays({ unit: 'share', together: together(kpi, name, by) }), along: text({ of: KPIS, column: by }) },
  );
  return { visual, width: HALF, of: KPIS, only: { kpi: [kpi], measure: [name], told_by: [by] } };
}

/** A silent source has rows too, of zero records. */
function lastDelivery(): Part {
  const visual = table(
    { id: 'last-delivery', title: 'Last delivery', subtitle: 'Newest day with records, and those of all days shown' },
    {
      by: [text({ of: KPIS, column: 'source' })],
      values: [newestDay({ of: KPIS, column: 'delivered_on' }), measure(summed(KPIS, 'numerator'))],
    },
  );
  return { visual, width: THIRD, of: KPIS, only: { kpi: ['lead_volume'], measure: ['records'], told_by: ['source'] } };
}
