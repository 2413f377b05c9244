//! The demo's outcome, for people to read.

use std::io::{self, Write};

use serde_json::Value;

use super::outcome::Outcome;
use super::story::Days;
use crate::commands::query::Row;
use crate::output::{Report, grouped};

impl Report for Outcome {
    fn write_text(&self, out: &mut dyn Write) -> io::Result<()> {
        let (folder, Days { first, last }) = (self.folder.display(), self.days);
        if first == last {
            writeln!(out, "{folder} has lived through one day more, {first}")?;
        } else {
            writeln!(out, "{folder} has lived through {first} to {last}, night by night")?;
        }
        for counts in &self.counts {
            let [objects, records, accepted, refused, duplicate] =
                ["objects", "records", "accepted", "refused", "duplicate"]
                    .map(|name| grouped(number(counts, name)));
            writeln!(
                out,
                "{objects} raw objects: {records} records = {accepted} accepted + {refused} refused + {duplicate} repeated\n"
            )?;
        }
        self.kpis.write_text(out)?;
        writeln!(out, "\nThree leads, and why they are where they are")?;
        self.leads.iter().try_for_each(|lead| write_lead(lead, out))?;
        writeln!(out, "\nRefused, and kept in quarantine until a contract is mended")?;
        self.refused.iter().try_for_each(|refused| write_refused(refused, out))?;
        writeln!(out, "\nThe report: {}", self.report.display())?;
        self.write_next_steps(out)
    }
}

fn write_lead(lead: &Row, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "  {}  {} with {} points, {:.0} % likely to buy: {}",
        text(lead, "lead_id"),
        text(lead, "lead_category"),
        text(lead, "final_score"),
        100.0 * lead.get("conversion_probability").and_then(Value::as_f64).unwrap_or_default(),
        text(lead, "recommended_action")
    )?;
    for reason in lead.get("reasons").and_then(Value::as_array).into_iter().flatten() {
        let part = |name: &str| reason.as_object().map(|row| text(row, name)).unwrap_or_default();
        writeln!(out, "    {:>10}  {} {}{}", part("points"), part("reason"), part("text"), part("number"))?;
    }
    Ok(())
}

fn write_refused(refused: &Row, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "  {:>8}  {:<16} such as {} in {}: {}",
        grouped(number(refused, "records")),
        text(refused, "code"),
        text(refused, "at_path"),
        text(refused, "for_example_in"),
        text(refused, "expected")
    )
}

impl Outcome {
    /// Commands as they can be typed where the demo was.
    fn write_next_steps(&self, out: &mut dyn Write) -> io::Result<()> {
        let program = std::env::args_os().next().unwrap_or_else(|| "leadlake".into());
        let program = shell_word(&program.to_string_lossy());
        let lake = shell_word(&self.folder.to_string_lossy());
        let lead = self.leads.first().map(|lead| text(lead, "lead_id")).unwrap_or_default();
        let steps = [
            ("a further day", format!("demo --dir {lake}")),
            ("all that is known of the first lead", format!("lead --lake {lake} {lead}")),
            (
                "whom sales should call",
                format!("query --lake {lake} \"SELECT * FROM gold_sales_dashboard LIMIT 10\""),
            ),
            (
                "which days were corrected, and why",
                format!(
                    "query --lake {lake} \"SELECT date, kpi, measure, change, changed_because, detail FROM gold_kpi \
                     WHERE cut > 1 ORDER BY date, kpi, measure, cut LIMIT 20\""
                ),
            ),
            ("the KPIs as they stood in the middle", format!("kpi --lake {lake} --as-of 2025-01-15")),
            ("every table", format!("query --lake {lake} \"SHOW TABLES\"")),
            ("recount everything", format!("verify --lake {lake}")),
        ];
        writeln!(out, "\nNext, for example:")?;
        for (what, words) in steps {
            writeln!(out, "  # {what}\n  {program} {words}")?;
        }
        Ok(())
    }
}

/// Quoted where a shell would take it apart.
fn shell_word(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-+:@%,".contains(&byte);
    if !text.is_empty() && text.bytes().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

fn text(row: &Row, name: &str) -> String {
    match row.get(name) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

fn number(row: &Row, name: &str) -> u64 {
    row.get(name).and_then(Value::as_u64).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_survive_a_shell() {
        assert_eq!(shell_word("target/demo/leadlake"), "target/demo/leadlake");
        assert_eq!(shell_word("my lake"), "'my lake'");
        assert_eq!(shell_word("it's"), r"'it'\''s'");
        assert_eq!(shell_word(""), "''");
    }
}
