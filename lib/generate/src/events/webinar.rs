use super::{Draft, Spelling};
use crate::flaws::Breakage;
use crate::json::push_number;

const WEBINARS: &[&str] = &[
    "iphone-launch-jan",
    "galaxy-ai-deep-dive",
    "pixel-camera-masterclass",
    "choosing-your-first-mac",
    "trade-in-and-finance-options",
];

pub(super) fn write(draft: &mut Draft<'_>, minutes: u64, questions: u64) {
    let spelling = draft.spelling();
    draft.event_id("wb-");
    draft.event_type("webinar_attendance");
    if draft.is_broken_by(Breakage::NoOwnRequirement) {
        draft.leave_out("email");
    } else {
        draft.email();
    }
    let (minutes_key, questions_key) = match spelling {
        Spelling::Newer => ("duration_minutes", "questions_asked"),
        Spelling::Older => ("duration", "questions"),
    };
    let invalid = draft.event.defects.invalid_value;
    let invalid_minutes = invalid && draft.rng.chance(0.6);
    if invalid_minutes {
        let wrong = draft.rng.pick(&["5000", "-12", "\"most of it\"", "true"]);
        draft.invalid("duration_minutes", minutes_key, wrong);
    } else if draft.rng.chance(0.03) {
        draft.record.text_of(minutes_key, |out| push_number(out, minutes));
    } else {
        draft.record.number(minutes_key, minutes);
    }
    if invalid && !invalid_minutes {
        let wrong = draft.rng.pick(&["-1", "250000", "\"many\""]);
        draft.invalid("questions_asked", questions_key, wrong);
    } else {
        draft.record.number(questions_key, questions);
    }
    let webinar = draft.rng.pick(WEBINARS);
    if spelling == Spelling::Newer {
        draft.record.text("webinar_id", webinar);
    }
    draft.timestamp();
}
