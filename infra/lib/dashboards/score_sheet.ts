import { calculated, summed } from './calculated';
import { step, text } from './fields';
import { Part, Sheet } from './sheet';
import { bars, lines } from './visuals';

const OF = 'scores';
const LEADS = summed(OF, 'leads');
const HALF = 18;
/** Undecided leads have none. */
const DECIDED = { band_before: 'any' } as const;

/** Bands, scores and probabilities beside what became of the leads. */
export function scoreSheet(): Sheet {
  return {
    id: 'scores',
    name: 'Scores',
    description: 'How leads are scored as of the newest run, and how well that foretold what became of them.',
    rows: [
      [leadsByBand(), conversionByBand()],
      [leadsByScore(), probabilityAndOutcome()],
      [leadsByAction(), outcomeByBand()],
    ],
    controls: [{ id: 'scores-source', title: 'Source', column: column('source'), shows: 'all' }],
  };
}

function leadsByBand(): Part {
  return half(bars(
    { id: 'leads-by-band', title: 'Leads by band' },
    { value: LEADS, along: text(column('lead_category')) },
  ));
}

function conversionByBand(): Part {
  return {
    ...half(bars(
      { id: 'conversion-by-band', title: 'Conversion by band', subtitle: 'Of decided leads, by the band just before' },
      { value: calculated(OF, 'conversion_of_decided', 'share'), along: text(column('band_before')) },
    )),
    of: OF,
    only: DECIDED,
  };
}

function leadsByScore(): Part {
  return half(bars(
    { id: 'leads-by-score', title: 'Leads by score', subtitle: 'In bands of 20 points, by where they begin' },
    { value: LEADS, along: step(column('score_from')), inOrder: true },
  ));
}

function probabilityAndOutcome(): Part {
  const subtitle = 'Of decided leads, by the probability just before in percent; the nearer the lines, the better';
  return {
    ...half(lines(
      { id: 'probability-and-outcome', title: 'Probability and outcome', subtitle },
      {
        values: [calculated(OF, 'foretold_of_decided', 'share'), calculated(OF, 'conversion_of_decided', 'share')],
        along: step(column('percent_from')),
      },
    )),
    of: OF,
    only: DECIDED,
  };
}

function leadsByAction(): Part {
  return half(bars(
    { id: 'leads-by-action', title: 'Leads by recommended action' },
    { value: LEADS, along: text(column('recommended_action')) },
  ));
}

function outcomeByBand(): Part {
  return half(bars(
    { id: 'outcome-by-band', title: 'Outcome by band', subtitle: 'What sales said last of the leads of each band' },
    { value: LEADS, along: text(column('lead_category')), colour: column('outcome'), arrangement: 'STACKED' },
  ));
}

function column(name: string) {
  return { of: OF, column: name };
}

function half(visual: Part['visual']): Part {
  return { visual, width: HALF };
}
