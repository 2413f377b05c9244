//! What somebody did.

use crate::event::{Event, EventKind};

/// The sources that the lake's own tables name.
pub const ROADSHOW: &str = "roadshow";
pub const WEBINAR: &str = "webinar";
pub const ONLINE: &str = "online";

/// The one action that a touch is counted as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TouchKind {
    /// Of the webinar source, or of any source that tells minutes.
    Webinar,
    /// Of the online source, or of one that is neither roadshow nor webinar and has what only a form asks for.
    Form,
    /// Of the roadshow source.
    Visit,
    Other,
}

impl TouchKind {
    /// Nothing for what sales said and for purchases.
    pub fn of(event: &Event<'_>) -> Option<Self> {
        if event.kind() != EventKind::Touch {
            return None;
        }
        if event.touch.webinar_minutes.is_some() {
            return Some(Self::Webinar);
        }
        Some(match event.key.source {
            WEBINAR => Self::Webinar,
            ONLINE => Self::Form,
            ROADSHOW => Self::Visit,
            _ if has_form_fields(event) => Self::Form,
            _ => Self::Other,
        })
    }
}

fn has_form_fields(event: &Event<'_>) -> bool {
    let touch = &event.touch;
    touch.form_id.is_some()
        || touch.budget_low.is_some()
        || touch.budget_high.is_some()
        || touch.purchase_timeframe_days.is_some()
}
