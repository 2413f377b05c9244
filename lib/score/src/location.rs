//! How often leads of a city buy.

use std::collections::BTreeMap;

use leadlake_lead::event::Micros;
use leadlake_lead::identity::city_key;

use crate::decision::Decision;
use crate::decisions::{Decisions, Share};

/// The decisions of leads by their city, as they are gathered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LocationHistory {
    overall: Decisions,
    by_city: BTreeMap<String, Decisions>,
}

/// The conversion rate of each city as of any instant, drawn towards the rate of all where a city has few decisions.
#[derive(Debug, Clone, PartialEq)]
pub struct LocationRates {
    history: LocationHistory,
    shrinkage: f64,
}

impl LocationHistory {
    pub fn learn(&mut self, decision: &Decision<'_>) {
        self.overall.learn(decision);
        if let Some(city) = decision.city {
            self.by_city.entry(city_key(city)).or_default().learn(decision);
        }
    }

    /// Adds what was learned from other leads.
    pub fn merge(&mut self, other: Self) {
        self.overall.merge(other.overall);
        for (city, decisions) in other.by_city {
            self.by_city.entry(city).or_default().merge(decisions);
        }
    }

    /// The shrinkage is that of the settings, so it lies above zero.
    pub fn into_rates(mut self, shrinkage: f64) -> LocationRates {
        self.overall.sort();
        self.by_city.values_mut().for_each(Decisions::sort);
        LocationRates { history: self, shrinkage }
    }
}

impl LocationRates {
    /// The rate of the city at the instant, or that of all leads where the city is not known; nothing while no
    /// other lead is decided. The lead's own decision, which must have been learned, is left out: it is what the
    /// rate is meant to predict.
    pub fn rate(&self, city: Option<&str>, as_of: Micros, own: Option<&Decision<'_>>) -> Option<f64> {
        let overall = without(self.history.overall.until(as_of), own, as_of).rate()?;
        let Some(city) = city.map(city_key) else { return Some(overall) };
        let own_of_city = own.filter(|own| own.city.is_some_and(|of| city_key(of) == city));
        let share = self
            .history
            .by_city
            .get(&city)
            .map_or(Share::default(), |decisions| without(decisions.until(as_of), own_of_city, as_of));
        let shrunk = share.converted as f64 + self.shrinkage * overall;
        Some(shrunk / (share.decided as f64 + self.shrinkage))
    }
}

fn without(share: Share, own: Option<&Decision<'_>>, as_of: Micros) -> Share {
    let Some(own) = own else { return share };
    let is_decided = own.at <= as_of;
    let is_converted = own.converted_at.is_some_and(|at| at <= as_of);
    Share {
        decided: share.decided.saturating_sub(usize::from(is_decided)),
        converted: share.converted.saturating_sub(usize::from(is_converted)),
    }
}
