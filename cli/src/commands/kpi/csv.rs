//! Every row of every KPI as a line of cells.

use std::io::{self, Write};

use leadlake_gold::KpiFigures;

pub fn write(figures: &KpiFigures, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "kpi,measure,dimensions,day,value,numerator,denominator")?;
    for kpi in &figures.kpis {
        for row in &kpi.rows {
            let dimensions: Vec<String> =
                row.dimensions.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let day = row.day.map(|day| day.to_string()).unwrap_or_default();
            let [value, numerator, denominator] = [row.value, row.numerator, row.denominator]
                .map(|number| number.map(|number| number.to_string()).unwrap_or_default());
            writeln!(
                out,
                "{},{},{},{day},{value},{numerator},{denominator}",
                kpi.name,
                row.measure,
                cell(&dimensions.join(";"))
            )?;
        }
    }
    Ok(())
}

fn cell(text: &str) -> String {
    if !text.contains([',', '"', '\n', '\r']) {
        return text.to_owned();
    }
    format!("\"{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_with_commas_and_quotes_are_quoted() {
        assert_eq!(cell("source=crm;field=phone"), "source=crm;field=phone");
        assert_eq!(cell("field=a,b"), "\"field=a,b\"");
        assert_eq!(cell("field=\"a\""), "\"field=\"\"a\"\"\"");
    }
}
