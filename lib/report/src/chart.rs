//! What the page's script draws. Whatever it draws stands in a table beside it.

use jiff::civil::Date;
use leadlake_gold::Unit;
use serde::Serialize;
use serde::ser::{SerializeTuple, Serializer};

use crate::error::ReportError;

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ChartSpec {
    pub title: String,
    pub unit: Unit,
    pub x: Axis,
    pub series: Vec<Series>,
    pub marks: Vec<Mark>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Axis {
    Day,
    Category,
    Share,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Series {
    pub name: String,
    pub points: Vec<Point>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    pub x: At,
    pub y: Option<f64>,
    /// Not all of it is known yet: the day is not over.
    pub is_open: bool,
    /// Said beside the value.
    pub note: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum At {
    /// A day as `2025-01-31`, or the name of a category.
    Named(String),
    Share(f64),
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Mark {
    pub name: String,
    pub y: f64,
}

impl Point {
    pub fn named(x: impl Into<String>, y: Option<f64>) -> Self {
        Self { x: At::Named(x.into()), y, is_open: false, note: None }
    }

    pub fn on(day: Date, y: Option<f64>) -> Self {
        Self::named(day.to_string(), y)
    }

    pub fn with_note(self, note: Option<String>) -> Self {
        Self { note, ..self }
    }

    pub fn share(x: f64, y: Option<f64>) -> Self {
        Self { x: At::Share(x), y, is_open: false, note: None }
    }
}

/// `[x, y]`, of a day that is not over `[x, y, false]`, with a note `[x, y, true, "of 20"]`. What is no number
/// is null, as JSON has it.
impl Serialize for Point {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut parts = serializer.serialize_tuple(match (self.is_open, &self.note) {
            (_, Some(_)) => 4,
            (true, None) => 3,
            (false, None) => 2,
        })?;
        parts.serialize_element(&self.x)?;
        parts.serialize_element(&self.y.filter(|y| y.is_finite()))?;
        if self.is_open || self.note.is_some() {
            parts.serialize_element(&!self.is_open)?;
        }
        if let Some(note) = &self.note {
            parts.serialize_element(note)?;
        }
        parts.end()
    }
}

impl ChartSpec {
    /// Whether there is anything to draw.
    pub fn has_values(&self) -> bool {
        let mut points = self.series.iter().flat_map(|series| &series.points);
        points.any(|point| point.y.is_some_and(f64::is_finite))
    }

    /// For the inside of a script element.
    pub fn json(&self) -> Result<String, ReportError> {
        Ok(escaped(&serde_json::to_string(self)?))
    }
}

/// In JSON these letters only ever stand in strings, where an escape means the same. Without them nothing can
/// end the script element or open a comment in it.
fn escaped(json: &str) -> String {
    let mut safe = String::with_capacity(json.len());
    for letter in json.chars() {
        match letter {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                safe.push_str(&format!("\\u{:04x}", u32::from(letter)));
            }
            _ => safe.push(letter),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use proptest::prelude::*;

    use super::*;

    fn spec(name: &str, points: Vec<Point>) -> ChartSpec {
        let series = vec![Series { name: name.to_owned(), points }];
        let marks = vec![Mark { name: "alarm".to_owned(), y: 0.9 }];
        ChartSpec { title: name.to_owned(), unit: Unit::Share, x: Axis::Day, series, marks }
    }

    #[test]
    fn the_script_finds_what_it_draws() {
        let share = Point::share(0.25, Some(0.5));
        let open = Point { is_open: true, ..Point::named("2025-02-01", Some(7.0)) };
        let spec = spec(
            "<b>",
            vec![Point::named("2025-01-31", Some(f64::NAN)), share.with_note(Some("of 20".to_owned())), open],
        );
        assert!(spec.has_values());
        assert_snapshot!(spec.json().unwrap().replace("],", "],\n").replace("\"series", "\n\"series"), @r#"
        {"title":"\u003cb\u003e","unit":"share","x":"day",
        "series":[{"name":"\u003cb\u003e","points":[["2025-01-31",null],
        [0.25,0.5,true,"of 20"],
        ["2025-02-01",7.0,false]]}],
        "marks":[{"name":"alarm","y":0.9}]}
        "#);
    }

    proptest! {
        #[test]
        fn no_text_breaks_out(
            name in prop_oneof![
                "\\PC{0,30}",
                "(</?script>|<!--|-->|]]>|\"|\\\\|&lt;|\u{2028}|[a-z]|\\x00){0,9}",
            ],
        ) {
            let spec = spec(&name, vec![Point::named(&name, Some(1.0))]);
            let json = spec.json().unwrap();
            let breaks_out = json.contains(['<', '>', '&', '\n', '\u{2028}', '\u{2029}']);
            prop_assert!(!breaks_out);
            let read: serde_json::Value = serde_json::from_str(&json).unwrap();
            prop_assert_eq!(read["title"].as_str(), Some(name.as_str()));
            prop_assert_eq!(read["series"][0]["points"][0][0].as_str(), Some(name.as_str()));
        }
    }
}
