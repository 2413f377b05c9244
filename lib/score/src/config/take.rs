//! Points in settings: numbers with two decimals at most.

use leadlake_settings::{Findings, Node, Place, Section};

use crate::points::Points;

/// No honest weight comes near it, and products with it stay far from the end of their type.
const MOST_POINTS: f64 = 10_000.0;

pub(super) fn points(findings: &mut Findings, place: Place, node: &Node) -> Option<Points> {
    let expected = || format!("points from -{MOST_POINTS} to {MOST_POINTS} with at most two decimals");
    let Node::Number(number) = *node else { return findings.refuse(place, node, expected()) };
    let hundredths = (number * 100.0).round();
    let is_exact = (number * 100.0 - hundredths).abs() < 1e-6;
    if !is_exact || number.abs() > MOST_POINTS {
        return findings.refuse(place, node, expected());
    }
    Some(Points(hundredths as i64))
}

pub(super) trait TakePoints {
    fn points(&mut self, findings: &mut Findings, key: &str) -> Option<Points> {
        self.placed_points(findings, key).map(|(_, points)| points)
    }

    fn placed_points(&mut self, findings: &mut Findings, key: &str) -> Option<(Place, Points)>;
}

impl TakePoints for Section {
    fn placed_points(&mut self, findings: &mut Findings, key: &str) -> Option<(Place, Points)> {
        let (place, node) = self.take(findings, key, "points, such as 1.5")?;
        let points = points(findings, place.clone(), &node)?;
        Some((place, points))
    }
}
