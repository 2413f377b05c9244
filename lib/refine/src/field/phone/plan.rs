//! Numbering plans, compiled from the metadata when a country code is first met.
//!
//! The rules are those of Google's library: whole numbers must match a pattern, where the crate is content with a
//! beginning that does.

use std::borrow::Cow;
use std::sync::OnceLock;

use regex::{Regex, RegexBuilder};

use super::PhoneNumber;

/// What is known of the numbers of one region.
struct Region {
    id: &'static str,
    code: u16,
    leading_digits: Option<&'static str>,
    international_prefix: Option<&'static str>,
    national_prefix: Option<&'static str>,
    national_prefix_replacement: Option<&'static str>,
    shape: &'static str,
    kinds: &'static [NumberKind],
}

struct NumberKind {
    lengths: &'static [u16],
    pattern: &'static str,
}

/// By code, and the main region of a code before the others. Written by the build script.
static REGIONS: &[Region] = &include!(concat!(env!("OUT_DIR"), "/regions.rs"));

const MOST_CODE_DIGITS: usize = 3;
const CODES: usize = 1000;
/// Stands for the codes that belong to no country, such as +800.
const NO_REGION: &str = "001";

static PLANS: [OnceLock<Option<CallingPlan>>; CODES] = [const { OnceLock::new() }; CODES];

/// The plan that a number in international form begins with, and the rest of the number.
pub(super) fn of_digits(digits: &str) -> Option<(&'static CallingPlan, &str)> {
    (1..=MOST_CODE_DIGITS).find_map(|length| {
        let (code, rest) = digits.split_at_checked(length)?;
        Some((of_code(code.parse().ok()?)?, rest))
    })
}

/// The plan that numbers of an ISO 3166 region belong to, and the region's own part in it.
pub(super) fn of_region(region: &str) -> Option<(&'static CallingPlan, &'static RegionPlan)> {
    if region == NO_REGION {
        return None;
    }
    let plan = of_code(REGIONS.iter().find(|known| known.id == region)?.code)?;
    Some((plan, plan.regions.iter().find(|plan| plan.region == region)?))
}

fn of_code(code: u16) -> Option<&'static CallingPlan> {
    PLANS.get(usize::from(code))?.get_or_init(|| CallingPlan::compile(code)).as_ref()
}

/// The regions that share a country calling code.
#[derive(Debug)]
pub(super) struct CallingPlan {
    code: String,
    /// The main one first.
    regions: Vec<RegionPlan>,
}

impl CallingPlan {
    fn compile(code: u16) -> Option<Self> {
        let regions: Vec<RegionPlan> = REGIONS
            .iter()
            .filter(|region| region.code == code)
            .map(RegionPlan::compile)
            .collect::<Result<_, _>>()
            .ok()?;
        if regions.is_empty() {
            return None;
        }
        Some(Self { code: code.to_string(), regions })
    }

    pub fn code(&self) -> &str {
        &self.code
    }

    pub fn main_region(&self) -> Option<&RegionPlan> {
        self.regions.first()
    }

    /// The number, when a region of the plan has given it out.
    pub fn number(&self, national: &str) -> Option<PhoneNumber> {
        if !self.is_valid(national) {
            return None;
        }
        PhoneNumber::of(&self.code, national)
    }

    fn is_valid(&self, national: &str) -> bool {
        if let [only] = self.regions.as_slice() {
            return only.is_valid(national);
        }
        for region in &self.regions {
            match &region.leading_digits {
                Some(leading) if leading.is_match(national) => return region.is_valid(national),
                None if region.is_valid(national) => return true,
                _ => {}
            }
        }
        false
    }
}

/// How numbers of one region are built.
#[derive(Debug)]
pub(super) struct RegionPlan {
    region: &'static str,
    /// What tells the region's numbers from others of the same code.
    leading_digits: Option<Regex>,
    international_prefix: Option<Beginning>,
    national_prefix: Option<NationalPrefix>,
    /// What every number looks like.
    shape: Regex,
    /// Mobile, fixed line and the rest.
    kinds: Vec<Kind>,
    lengths: Lengths,
}

impl RegionPlan {
    fn compile(region: &'static Region) -> Result<Self, regex::Error> {
        let kinds: Vec<Kind> = region.kinds.iter().map(Kind::compile).collect::<Result<_, _>>()?;
        Ok(Self {
            region: region.id,
            leading_digits: region.leading_digits.map(compile_beginning).transpose()?,
            international_prefix: region.international_prefix.map(Beginning::compile).transpose()?,
            national_prefix: NationalPrefix::compile(region)?,
            shape: compile_whole(region.shape)?,
            lengths: kinds.iter().fold(Lengths::default(), |all, kind| all.or(kind.lengths)),
            kinds,
        })
    }

    /// What follows the prefix by which other countries are dialled.
    pub fn without_international_prefix<'a>(&self, digits: &'a str) -> Option<&'a str> {
        let rest = self.international_prefix.as_ref()?.take_off(digits)?;
        (!rest.starts_with('0')).then_some(rest)
    }

    /// Without the national prefix, unless what is left has a length that no number has.
    pub fn national_number<'a>(&self, digits: &'a str) -> Cow<'a, str> {
        let national = self.without_national_prefix(digits);
        if self.lengths.contains(national.len()) { national } else { Cow::Borrowed(digits) }
    }

    /// Without the national prefix, unless only with it the number has its right shape.
    pub fn without_national_prefix<'a>(&self, digits: &'a str) -> Cow<'a, str> {
        let Some(rest) = self.national_prefix.as_ref().and_then(|prefix| prefix.take_off(digits)) else {
            return Cow::Borrowed(digits);
        };
        if self.has_shape_of(digits) && !self.has_shape_of(&rest) { Cow::Borrowed(digits) } else { rest }
    }

    pub fn has_shape_of(&self, national: &str) -> bool {
        self.shape.is_match(national)
    }

    pub fn is_too_long(&self, national: &str) -> bool {
        self.lengths.all_are_below(national.len())
    }

    fn is_valid(&self, national: &str) -> bool {
        self.has_shape_of(national) && self.kinds.iter().any(|kind| kind.is_match(national))
    }
}

#[derive(Debug)]
struct Kind {
    lengths: Lengths,
    pattern: Regex,
}

impl Kind {
    fn compile(kind: &NumberKind) -> Result<Self, regex::Error> {
        let lengths = kind.lengths.iter().fold(Lengths::default(), |all, &length| all.with(length));
        Ok(Self { lengths, pattern: compile_whole(kind.pattern)? })
    }

    fn is_match(&self, national: &str) -> bool {
        self.lengths.contains(national.len()) && self.pattern.is_match(national)
    }
}

/// A prefix; most are plain digits, which need no pattern.
#[derive(Debug)]
enum Beginning {
    Digits(&'static str),
    Pattern(Regex),
}

impl Beginning {
    fn compile(pattern: &'static str) -> Result<Self, regex::Error> {
        if pattern.bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(Self::Digits(pattern));
        }
        compile_beginning(pattern).map(Self::Pattern)
    }

    fn take_off<'a>(&self, digits: &'a str) -> Option<&'a str> {
        match self {
            Self::Digits(prefix) => digits.strip_prefix(prefix),
            Self::Pattern(pattern) => digits.get(pattern.find(digits)?.end()..),
        }
    }
}

/// What is dialled before a national number at home, and is no part of it.
#[derive(Debug)]
enum NationalPrefix {
    Dropped(Beginning),
    /// Replaced where the pattern's last group took part, else dropped.
    Replaced {
        pattern: Regex,
        replacement: &'static str,
    },
}

impl NationalPrefix {
    fn compile(region: &'static Region) -> Result<Option<Self>, regex::Error> {
        let Some(pattern) = region.national_prefix else {
            return Ok(None);
        };
        Ok(Some(match region.national_prefix_replacement {
            Some(replacement) => Self::Replaced { pattern: compile_beginning(pattern)?, replacement },
            None => Self::Dropped(Beginning::compile(pattern)?),
        }))
    }

    fn take_off<'a>(&self, digits: &'a str) -> Option<Cow<'a, str>> {
        let (pattern, replacement) = match self {
            Self::Dropped(beginning) => return beginning.take_off(digits).map(Cow::Borrowed),
            Self::Replaced { pattern, replacement } => (pattern, replacement),
        };
        let groups = pattern.captures(digits)?;
        let rest = digits.get(groups.get_match().end()..)?;
        if groups.iter().last().flatten().is_none() {
            return Some(Cow::Borrowed(rest));
        }
        let mut replaced = String::new();
        groups.expand(replacement, &mut replaced);
        Some(Cow::Owned(replaced + rest))
    }
}

/// A set of lengths.
#[derive(Debug, Clone, Copy, Default)]
struct Lengths(u32);

impl Lengths {
    fn with(self, length: u16) -> Self {
        Self(self.0 | 1_u32.checked_shl(u32::from(length)).unwrap_or(0))
    }

    fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    fn contains(self, length: usize) -> bool {
        self.from(length) & 1 == 1
    }

    fn all_are_below(self, length: usize) -> bool {
        self.from(length) == 0
    }

    fn from(self, length: usize) -> u32 {
        u32::try_from(length).ok().and_then(|length| self.0.checked_shr(length)).unwrap_or(0)
    }
}

fn compile_whole(pattern: &str) -> Result<Regex, regex::Error> {
    compile(&format!("^(?:{pattern})$"))
}

fn compile_beginning(pattern: &str) -> Result<Regex, regex::Error> {
    compile(&format!("^(?:{pattern})"))
}

/// The patterns meet ASCII digits only.
fn compile(pattern: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(pattern).unicode(false).build()
}

#[cfg(test)]
mod tests {
    use phonenumber::metadata::DATABASE;

    use super::{of_code, of_region};

    #[test]
    fn every_plan_compiles_with_every_length_of_its_numbers() {
        for metadata in DATABASE.iter() {
            let plan = of_code(metadata.country_code()).unwrap();
            assert_eq!(plan.code(), metadata.country_code().to_string());
            for region in &plan.regions {
                assert!(region.kinds.iter().all(|kind| !kind.lengths.all_are_below(2)), "{}", region.region);
            }
        }
        assert!(of_region("IN").is_some());
        assert!(of_region("XX").is_none());
    }
}
