//! What a score is, whatever it is made by.

use crate::features::Features;
use crate::points::Points;

/// Turns features into a score: rules now, trained models later.
pub trait ScoreModel {
    /// Stands beside every score.
    fn version(&self) -> &str;
    fn score<'a>(&'a self, features: &Features<'a>) -> Score<'a>;
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Score<'a> {
    pub source_score: Points,
    pub engagement_score: Points,
    pub intent_score: Points,
    /// The sum of the three.
    pub final_score: Points,
    pub category: Category,
    /// They add up to the final score, and those of each part to its score. None is of zero points.
    pub reasons: Vec<Reason<'a>>,
    pub recommended_action: &'a str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Category {
    Cold,
    Warm,
    Hot,
}

/// Why the score is higher or lower than it would be otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reason<'a> {
    pub code: ReasonCode,
    pub points: Points,
    pub value: ReasonValue<'a>,
}

/// What a reason speaks of. The words are part of the gold tables: they are added to, never changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReasonCode {
    Source,
    WebinarMinutes,
    QuestionsAsked,
    Forms,
    Visits,
    PurchaseTimeframe,
    DisposableAddress,
}

/// The part of the score that a reason belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    Source,
    Engagement,
    Intent,
}

/// The value that the reason rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReasonValue<'a> {
    Text(&'a str),
    Number(i64),
}

impl<'a> Reason<'a> {
    /// The points are bounded, so that reasons add up exactly whatever the settings or a model say.
    pub fn of(code: ReasonCode, points: Points, value: ReasonValue<'a>) -> Self {
        Self { code, points: points.bounded(), value }
    }
}

impl Category {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cold => "COLD",
            Self::Warm => "WARM",
            Self::Hot => "HOT",
        }
    }
}

impl ReasonCode {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::WebinarMinutes => "webinar_minutes",
            Self::QuestionsAsked => "questions_asked",
            Self::Forms => "forms",
            Self::Visits => "visits",
            Self::PurchaseTimeframe => "purchase_timeframe",
            Self::DisposableAddress => "disposable_address",
        }
    }

    pub fn part(self) -> Part {
        match self {
            Self::Source => Part::Source,
            Self::WebinarMinutes | Self::QuestionsAsked | Self::Forms | Self::Visits => Part::Engagement,
            Self::PurchaseTimeframe | Self::DisposableAddress => Part::Intent,
        }
    }
}

impl<'a> Score<'a> {
    pub fn points_of(&self, part: Part) -> Points {
        match part {
            Part::Source => self.source_score,
            Part::Engagement => self.engagement_score,
            Part::Intent => self.intent_score,
        }
    }
}
