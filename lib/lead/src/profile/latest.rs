//! Values with the event that they came from.

use crate::event::{Event, EventKey, Micros};

/// The value of the latest event that had one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Latest<'a, T> {
    pub value: T,
    pub at: Micros,
    pub event: EventKey<'a>,
}

impl<T: Copy> Latest<'_, T> {
    fn order(&self) -> (Micros, EventKey<'_>) {
        (self.at, self.event)
    }
}

/// When something was, and which event says so. The earlier one is the smaller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Stamp<'a> {
    pub at: Micros,
    pub event: EventKey<'a>,
}

impl<'a> Stamp<'a> {
    pub(super) fn of(event: &Event<'a>) -> Self {
        Self { at: event.at, event: event.key }
    }
}

pub(super) fn keep_later<'a, T: Copy>(kept: &mut Option<Latest<'a, T>>, other: Option<Latest<'a, T>>) {
    let Some(other) = other else { return };
    if kept.is_none_or(|kept| kept.order() < other.order()) {
        *kept = Some(other);
    }
}

/// The same for a value that the event may not have.
pub(super) fn keep_told<'a, T: Copy>(
    kept: &mut Option<Latest<'a, T>>,
    value: Option<T>,
    Stamp { at, event }: Stamp<'a>,
) {
    let Some(value) = value else { return };
    keep_later(kept, Some(Latest { value, at, event }));
}

pub(super) fn keep_smaller<T: Copy + Ord>(kept: &mut Option<T>, other: Option<T>) {
    let Some(other) = other else { return };
    if kept.is_none_or(|kept| other < kept) {
        *kept = Some(other);
    }
}

pub(super) fn keep_larger<T: Copy + Ord>(kept: &mut Option<T>, other: Option<T>) {
    let Some(other) = other else { return };
    if kept.is_none_or(|kept| other > kept) {
        *kept = Some(other);
    }
}
