use super::{Draft, Spelling, push_id};

pub(super) fn write(draft: &mut Draft<'_>) {
    let spelling = draft.spelling();
    draft.event_id("rs-");
    draft.event_type(match spelling {
        Spelling::Newer => "roadshow_registration",
        Spelling::Older => "roadshow_lead",
    });
    draft.name();
    draft.email();
    let defects = draft.event.defects;
    if defects.invalid_value && !defects.phone_only && !defects.masked_phone {
        draft.phone_of_no_use();
    } else {
        draft.phone();
    }
    draft.city();
    let device = draft.person.device.name;
    let (interest, captured_by, prefix, how_many) = match spelling {
        Spelling::Newer => ("device_interest", "captured_by", "sales_rep_", 60),
        Spelling::Older => ("interested_model", "device_id", "tablet-", 40),
    };
    draft.record.text(interest, device);
    draft.timestamp();
    let who = draft.rng.between(1, how_many);
    draft.record.text_of(captured_by, |out| push_id(out, prefix, who));
}
