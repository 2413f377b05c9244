//! The starting rule: points for where somebody came from, what they did and what they mean to do.

use leadlake_lead::event::Outcome;

use crate::config::Scoring;
use crate::features::Features;
use crate::model::{Category, Part, Reason, ReasonCode, ReasonValue, Score, ScoreModel};
use crate::points::Points;

/// Scores by the settings alone.
#[derive(Debug, Clone, Copy)]
pub struct RuleModel<'c> {
    scoring: &'c Scoring,
}

impl<'c> RuleModel<'c> {
    pub fn new(scoring: &'c Scoring) -> Self {
        Self { scoring }
    }

    fn reasons<'a>(&self, features: &Features<'a>) -> Vec<Reason<'a>> {
        let mut reasons = Vec::with_capacity(4);
        reasons.extend(source_reason(features));
        reasons.extend(self.engagement_reasons(features));
        reasons.extend(self.timeframe_reason(features));
        reasons.extend(self.disposable_reason(features));
        reasons.retain(|reason| reason.points != Points::ZERO);
        reasons
    }

    fn engagement_reasons(&self, features: &Features<'_>) -> [Reason<'static>; 4] {
        let weights = &self.scoring.engagement;
        [
            (ReasonCode::WebinarMinutes, features.webinar_minutes, weights.webinar_minute),
            (ReasonCode::QuestionsAsked, features.questions_asked, weights.question),
            (ReasonCode::Forms, features.forms, weights.form),
            (ReasonCode::Visits, features.visits, weights.visit),
        ]
        .map(|(code, count, weight)| {
            let value = ReasonValue::Number(i64::try_from(count).unwrap_or(i64::MAX));
            Reason::of(code, weight.times(count), value)
        })
    }

    fn timeframe_reason(&self, features: &Features<'_>) -> Option<Reason<'static>> {
        let rule = &self.scoring.intent;
        let days = features.purchase_timeframe_days?;
        (0..=rule.timeframe_within_days).contains(&days).then(|| {
            Reason::of(ReasonCode::PurchaseTimeframe, rule.timeframe_points, ReasonValue::Number(days))
        })
    }

    fn disposable_reason(&self, features: &Features<'_>) -> Option<Reason<'static>> {
        let points = self.scoring.intent.disposable_address_points;
        (features.email_is_disposable == Some(true))
            .then(|| Reason::of(ReasonCode::DisposableAddress, points, ReasonValue::Text("true")))
    }
}

impl ScoreModel for RuleModel<'_> {
    fn version(&self) -> &str {
        &self.scoring.version
    }

    fn score<'a>(&'a self, features: &Features<'a>) -> Score<'a> {
        let reasons = self.reasons(features);
        let of_part = |part: Part| -> Points {
            reasons.iter().filter(|reason| reason.code.part() == part).map(|reason| reason.points).sum()
        };
        let source_score = of_part(Part::Source);
        let engagement_score = of_part(Part::Engagement);
        let intent_score = of_part(Part::Intent);
        let final_score = source_score + engagement_score + intent_score;
        let category = self.scoring.category(final_score);
        Score {
            source_score,
            engagement_score,
            intent_score,
            final_score,
            category,
            reasons,
            recommended_action: self.scoring.action(category, features),
        }
    }
}

fn source_reason<'a>(features: &Features<'a>) -> Option<Reason<'a>> {
    let source = features.source?;
    Some(Reason::of(ReasonCode::Source, features.source_weight, ReasonValue::Text(source)))
}

impl Scoring {
    pub fn category(&self, score: Points) -> Category {
        if score >= self.categories.hot_from {
            return Category::Hot;
        }
        if score >= self.categories.warm_from {
            return Category::Warm;
        }
        Category::Cold
    }

    /// Whoever bought is not called again about buying, and whom sales has given up not within the hour.
    pub fn action(&self, category: Category, features: &Features<'_>) -> &str {
        let actions = &self.categories.actions;
        if features.converted {
            return &actions.converted;
        }
        if features.outcome == Some(Outcome::Lost) {
            return &actions.lost;
        }
        match category {
            Category::Hot => &actions.hot,
            Category::Warm => &actions.warm,
            Category::Cold => &actions.cold,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::config::{EngagementWeights, IntentRules};
    use crate::features::FeatureMaker;
    use crate::location::LocationHistory;
    use crate::samples::{at, event, events, outcome, shipped, webinar};
    use leadlake_lead::event::{Event, Outcome};

    fn features<'a>(scoring: &Scoring, events: &[Event<'a>]) -> Features<'a> {
        let rates = LocationHistory::default().into_rates(1.0);
        FeatureMaker::new(scoring, &rates).features(events, at(30.0))
    }

    /// Somebody who watched 48 minutes, means to buy in 15 days and gave a throw-away address.
    fn keen<'a>() -> Vec<Event<'a>> {
        let mut form = event("online", "2", 2.0);
        form.touch.purchase_timeframe_days = Some(15);
        form.identity.email_is_disposable = Some(true);
        vec![webinar("1", 1.0, 48), form]
    }

    #[test]
    fn the_starting_rule_is_that_of_the_mission() {
        let scoring = shipped();
        let model = RuleModel::new(&scoring);
        let score = model.score(&features(&scoring, &keen()));
        let reason = |code, points, value| Reason { code, points: Points(points), value };
        assert_eq!(
            score.reasons,
            [
                reason(ReasonCode::Source, 2_000, ReasonValue::Text("webinar")),
                reason(ReasonCode::WebinarMinutes, 7_200, ReasonValue::Number(48)),
                reason(ReasonCode::PurchaseTimeframe, 3_000, ReasonValue::Number(15)),
                reason(ReasonCode::DisposableAddress, -2_000, ReasonValue::Text("true")),
            ]
        );
        assert_eq!(score.final_score, Points(10_200));
        assert_eq!((score.category, score.recommended_action), (Category::Hot, "call within 1 hour"));
        assert_eq!(model.version(), "rules-1");
    }

    #[test]
    fn the_edges_of_the_rule_belong_to_it() {
        let scoring = shipped();
        let within = |days| {
            let mut form = event("online", "1", 1.0);
            form.touch.purchase_timeframe_days = Some(days);
            RuleModel::new(&scoring).score(&features(&scoring, &[form])).intent_score
        };
        assert_eq!([-1, 0, 30, 31].map(within), [0, 3_000, 3_000, 0].map(Points));
        let categories = [3_999, 4_000, 7_999, 8_000].map(|score| scoring.category(Points(score)).as_str());
        assert_eq!(categories, ["COLD", "WARM", "WARM", "HOT"]);
    }

    #[test]
    fn whoever_bought_is_not_called_about_buying() {
        let scoring = shipped();
        let mut events = keen();
        events.push(outcome("3", 3.0, Outcome::Converted));
        let model = RuleModel::new(&scoring);
        let score = model.score(&features(&scoring, &events));
        assert_eq!((score.category, score.recommended_action), (Category::Hot, "thank for the purchase"));
    }

    #[test]
    fn whoever_is_lost_is_called_again_once_sales_opens_the_case_again() {
        let scoring = shipped();
        let model = RuleModel::new(&scoring);
        let mut events = keen();
        events.push(outcome("3", 3.0, Outcome::Lost));
        assert_eq!(model.score(&features(&scoring, &events)).recommended_action, "ask again in 3 months");
        events.push(outcome("4", 4.0, Outcome::Open));
        assert_eq!(model.score(&features(&scoring, &events)).recommended_action, "call within 1 hour");
    }

    #[test]
    fn nothing_known_is_no_points_and_no_reasons() {
        let scoring = shipped();
        let model = RuleModel::new(&scoring);
        let score = model.score(&features(&scoring, &[]));
        assert_eq!((score.final_score, score.reasons.len()), (Points::ZERO, 0));
        assert_eq!(score.category, Category::Cold);
    }

    fn points() -> impl Strategy<Value = Points> {
        prop_oneof![Just(i64::MIN), any::<i64>(), -1_000..1_000_i64, Just(i64::MAX)].prop_map(Points)
    }

    proptest! {
        #[test]
        fn reasons_add_up_exactly(
            events in events(),
            (webinar_minute, question, form, visit) in (points(), points(), points(), points()),
            (timeframe_points, disposable_address_points, other) in (points(), points(), points()),
        ) {
            let mut scoring = shipped();
            scoring.engagement = EngagementWeights { webinar_minute, question, form, visit };
            scoring.intent = IntentRules { timeframe_within_days: 30, timeframe_points, disposable_address_points };
            scoring.source.other = other;
            let model = RuleModel::new(&scoring);
            let score = model.score(&features(&scoring, &events));
            let exact = |reasons: &[Reason<'_>]| -> i128 {
                reasons.iter().map(|reason| i128::from(reason.points.0)).sum()
            };
            prop_assert_eq!(exact(&score.reasons), i128::from(score.final_score.0));
            for part in [Part::Source, Part::Engagement, Part::Intent] {
                let of_part: Vec<_> =
                    score.reasons.iter().copied().filter(|reason| reason.code.part() == part).collect();
                prop_assert_eq!(exact(&of_part), i128::from(score.points_of(part).0));
            }
            prop_assert!(score.reasons.iter().all(|reason| reason.points != Points::ZERO));
        }
    }
}
