//! The page as text.

use askama::Template;

use crate::data::ReportData;
use crate::error::ReportError;
use crate::view::Page;

/// What the page shows of people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reveal {
    /// Initials, last digits, the form of records.
    Nothing,
    Everything,
}

/// One file of HTML that needs no other.
pub fn render(data: &ReportData, reveal: Reveal) -> Result<String, ReportError> {
    Ok(Page::of(data, reveal)?.render()?)
}
