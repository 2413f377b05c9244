use super::{Draft, push_id};
use crate::flaws::Breakage;
use crate::world::ACCESSORIES;

/// The first one is of the device that the person came for.
pub(super) fn write(draft: &mut Draft<'_>, first: bool) {
    draft.event_id("tx-");
    draft.event_type("transaction");
    draft.email();
    if draft.rng.chance(0.3) {
        draft.phone();
    }
    if draft.is_broken_by(Breakage::NoOwnRequirement) {
        draft.leave_out("transaction_id");
    } else {
        let id = draft.event.id;
        draft.record.text_of("transaction_id", |out| push_id(out, "t-", id));
    }
    let product = if first { draft.person.device } else { draft.rng.pick(ACCESSORIES) };
    draft.record.text("product_id", product.product_id);
    let invalid = if draft.event.defects.invalid_value { draft.rng.between(1, 3) } else { 0 };
    match invalid {
        1 => draft.invalid("quantity", "quantity", "0"),
        _ => {
            let quantity = if first { 1 } else { draft.rng.between(1, 3) };
            draft.record.number("quantity", quantity);
        }
    }
    match invalid {
        2 => draft.invalid("price", "price", "-1"),
        _ => draft.record.rupees("price", product.rupees * 100),
    }
    draft.record.text("currency", "INR");
    let method = draft.rng.pick(&["card", "upi", "upi", "emi", "netbanking", "cash"]);
    draft.record.text("payment_method", method);
    match invalid {
        3 => draft.invalid("status", "status", "\"done\""),
        _ => {
            let status =
                draft.rng.pick(&["completed", "completed", "completed", "completed", "pending", "refunded"]);
            draft.record.text("status", status);
        }
    }
    draft.timestamp();
}
