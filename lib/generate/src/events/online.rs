use super::{Draft, Spelling};
use crate::json::push_number;

const CAMPAIGNS: &[&str] = &["new-year-launch", "republic-day-offers", "exchange-bonus", "student-plan"];

pub(super) fn write(draft: &mut Draft<'_>) {
    let spelling = draft.spelling();
    draft.event_id("on-");
    draft.event_type(match spelling {
        Spelling::Newer => "online_form_submission",
        Spelling::Older => "online_form",
    });
    if draft.rng.chance(0.5) {
        draft.name();
    }
    draft.email();
    if draft.rng.chance(0.35) {
        draft.phone();
    }
    if draft.rng.chance(0.4) {
        draft.city();
    }
    let invalid = draft.event.defects.invalid_value;
    let invalid_budget = invalid && draft.rng.chance(0.5);
    if invalid_budget {
        // One input, from which both ends of the range are read.
        draft.invalid("budget_low", "budget_range", "\"not decided\"");
        draft.account.invalid.push("budget_high");
    } else {
        budget(draft, spelling);
    }
    let key = match spelling {
        Spelling::Newer => "purchase_timeframe_days",
        Spelling::Older => "purchase_timeframe",
    };
    if invalid && !invalid_budget {
        let wrong = draft.rng.pick(&["\"soon\"", "\"when the price drops\"", "99999"]);
        draft.invalid("purchase_timeframe_days", key, wrong);
    } else {
        timeframe(draft, spelling, key);
    }
    let source = draft.rng.pick(&["google_ads", "instagram", "newsletter", "youtube", "organic"]);
    draft.record.text("utm_source", source);
    if spelling == Spelling::Newer {
        let medium = draft.rng.pick(&["cpc", "social", "email", "none"]);
        draft.record.text("utm_medium", medium);
        let campaign = draft.rng.pick(CAMPAIGNS);
        draft.record.text("utm_campaign", campaign);
    }
    if draft.rng.chance(0.4) {
        let form = draft.rng.pick(&["f-enquiry", "f-callback", "f-test-drive", "f-price-alert"]);
        draft.record.text("form_id", form);
        let page = draft.person.device.product_id;
        draft.record.text_of("page_url", |out| {
            out.extend_from_slice(b"https://shop.example/devices/");
            out.extend_from_slice(page.as_bytes());
        });
    }
    draft.timestamp();
}

/// What the person means to spend: about the price of the device, in tens of thousands.
fn budget(draft: &mut Draft<'_>, spelling: Spelling) {
    let low = draft.person.device.rupees / 10_000 * 10;
    let high = low + 20;
    let (after_each, between) = match (spelling, draft.rng.below(4)) {
        (Spelling::Newer, 0..=2) => ("000", "-"),
        (Spelling::Newer, _) => ("000", " - "),
        (Spelling::Older, 0..=2) => ("k", "-"),
        (Spelling::Older, _) => ("K", "-"),
    };
    draft.record.text_of("budget_range", |out| {
        push_number(out, low);
        out.extend_from_slice(after_each.as_bytes());
        out.extend_from_slice(between.as_bytes());
        push_number(out, high);
        out.extend_from_slice(after_each.as_bytes());
    });
}

fn timeframe(draft: &mut Draft<'_>, spelling: Spelling, key: &str) {
    let days = draft.person.timeframe_days;
    if spelling == Spelling::Newer {
        if draft.rng.chance(0.1) {
            return draft.record.text_of(key, |out| push_number(out, days));
        }
        return draft.record.number(key, days);
    }
    let span = match days {
        0..=30 => "0-30 days",
        31..=60 => "30-60 days",
        61..=90 => "60-90 days",
        _ => "90-180 days",
    };
    draft.record.text(key, span);
}
