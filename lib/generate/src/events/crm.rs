use super::{Draft, push_id};
use crate::flaws::Breakage;
use crate::journey::Outcome;

pub(super) fn write(draft: &mut Draft<'_>, outcome: Outcome) {
    draft.event_id("cr-");
    draft.event_type("conversion_outcome");
    draft.email();
    if draft.event.defects.invalid_value {
        draft.phone_of_no_use();
    } else if draft.rng.chance(0.25) {
        draft.phone();
    }
    if draft.rng.chance(0.7) && !draft.is_broken_by(Breakage::Anonymous) {
        let number = draft.person.number;
        draft.record.text_of("crm_id", |out| push_id(out, "c-", number));
    }
    if draft.is_broken_by(Breakage::NoOwnRequirement) {
        draft.leave_out("outcome");
    } else if draft.is_broken_by(Breakage::UnknownOutcome) {
        draft.record.text("outcome", "unknown");
    } else {
        draft.record.text("outcome", name_of(outcome));
    }
    match outcome {
        Outcome::Converted { revenue_paise } => {
            draft.record.rupees("revenue", revenue_paise);
            draft.record.text("currency", "INR");
        }
        Outcome::Lost => {
            let reason =
                draft.rng.pick(&["price", "bought elsewhere", "no answer", "waiting for a new model"]);
            draft.record.text("reason", reason);
        }
        Outcome::Open => {}
    }
    draft.timestamp();
}

fn name_of(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Open => "open",
        Outcome::Lost => "lost",
        Outcome::Converted { .. } => "converted",
    }
}
