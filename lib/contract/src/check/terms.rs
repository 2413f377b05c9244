//! The custom properties of a source: its limits and what its records need.

use super::take::Custom;
use crate::contract::{Limits, ObjectBreaker};
use crate::odcs::{CustomProperty, MaybeList};
use crate::problem::{Findings, Place, Reason};

pub(crate) const CUSTOM: &[&str] = &[
    "phoneRegion",
    "refuseObjectAbove",
    "refuseObjectFrom",
    "largestRecordBytes",
    "aheadOfArrivalHours",
    "requireAnyOf",
];

/// A record is held in memory, so that a contract cannot ask for any size.
const LARGEST_RECORD_BYTES: usize = 64 * 1024 * 1024;

pub(crate) struct Terms {
    pub phone_region: Option<String>,
    pub limits: Limits,
    /// Names of properties, with the place that names them.
    pub any_of: Option<(Place, Vec<String>)>,
}

pub(crate) fn terms(findings: &mut Findings, place: &Place, written: MaybeList<CustomProperty>) -> Terms {
    let mut custom = Custom::gather(findings, place, written, CUSTOM);
    let phone_region = phone_region(findings, &mut custom);
    let breaker = breaker(findings, &mut custom);
    let expected = "a whole number of bytes from 1 to 67108864 (64 MiB)";
    let largest_record_bytes = custom
        .take_if(findings, "largestRecordBytes", expected, |bytes| (1..=LARGEST_RECORD_BYTES).contains(bytes))
        .map_or(Limits::default().largest_record_bytes, |(_, bytes)| bytes);
    let expected = "a whole number of hours from 0";
    let ahead_of_arrival_hours =
        custom.take(findings, "aheadOfArrivalHours", expected).map(|(_, hours)| hours);
    let expected = "a list with the name of at least one property";
    let any_of = custom.take_if(findings, "requireAnyOf", expected, |names: &Vec<String>| !names.is_empty());
    Terms { phone_region, limits: Limits { largest_record_bytes, breaker, ahead_of_arrival_hours }, any_of }
}

fn phone_region(findings: &mut Findings, custom: &mut Custom) -> Option<String> {
    let is_region =
        |region: &String| region.len() == 2 && region.bytes().all(|byte| byte.is_ascii_uppercase());
    let expected =
        "a country as two upper-case letters such as IN (in quotes: NO alone is a truth value to some)";
    custom.take_if(findings, "phoneRegion", expected, is_region).map(|(_, region)| region)
}

fn breaker(findings: &mut Findings, custom: &mut Custom) -> Option<ObjectBreaker> {
    let (above, from) = ("refuseObjectAbove", "refuseObjectFrom");
    if let (Some(place), None) = (custom.place_of(above), custom.place_of(from)) {
        findings.report(place, Reason::HalfGiven { given: above, absent: from });
    } else if let (None, Some(place)) = (custom.place_of(above), custom.place_of(from)) {
        findings.report(place, Reason::HalfGiven { given: from, absent: above });
    }
    let expected = "a share from 0 to below 1, such as 0.5";
    let above_share = custom.take_if(findings, above, expected, |share| (0.0..1.0).contains(share));
    let expected = "a whole number of records from 1";
    let from_records = custom.take_if(findings, from, expected, |records| *records > 0);
    let ((_, above_share), (_, from_records)) = above_share.zip(from_records)?;
    Some(ObjectBreaker { above_share, from_records })
}
