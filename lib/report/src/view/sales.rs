//! Whom to call, and why.

use leadlake_gold::Unit;

use super::Section;
use crate::data::{SalesLead, SalesList};
use crate::markup::{Badge, Cell, Column, Layout, Table};
use crate::mask;
use crate::page::Reveal;
use crate::words;

pub fn section(sales: &SalesList, currency: &str, reveal: Reveal) -> Section {
    let shown = sales.leads.len() as f64;
    let lead = match sales.open_leads > shown {
        true => format!(
            "The first {} of {} open leads, the most promising first.",
            words::count(shown),
            words::count(sales.open_leads)
        ),
        false => "All open leads, the most promising first.".to_owned(),
    };
    if sales.leads.is_empty() {
        let section = Section::new("sales", "Whom to call", "Open leads, the most promising first.");
        return section.without_data("There is no open lead.");
    }
    let note = match reveal {
        Reveal::Nothing => "Names, phones and addresses are masked. The id of a lead finds the person.",
        Reveal::Everything => "This list holds personal data. Treat the page like the people it names.",
    };
    let table = Table {
        label: "Open leads".to_owned(),
        columns: vec![
            Column::text("Lead"),
            Column::text("Score"),
            Column::number("Likely"),
            Column::text("What to do"),
            Column::text("Contact"),
            Column::text("Interest"),
            Column::text("Last touch"),
        ],
        rows: sales.leads.iter().map(|lead| row(lead, currency, reveal)).collect(),
        layout: Layout::Cards,
    };
    Section { table: Some(table), note: Some(note.to_owned()), ..Section::new("sales", "Whom to call", lead) }
}

fn row(lead: &SalesLead, currency: &str, reveal: Reveal) -> Vec<Cell> {
    let shown = |text: &Option<String>, mask: fn(&str) -> String| -> Option<String> {
        let text = text.as_deref().filter(|text| !text.is_empty())?;
        Some(if reveal == Reveal::Everything { text.to_owned() } else { mask(text) })
    };
    let name = shown(&lead.name, mask::name).unwrap_or_else(|| "Name not known".to_owned());
    let city = shown(&lead.city, mask::free_text);
    let phone = shown(&lead.phone, mask::phone);
    let email = shown(&lead.email, mask::email);
    let device = shown(&lead.device_interest, mask::free_text);
    let (first_contact, second_contact) = match (phone, email) {
        (Some(phone), email) => (phone, email),
        (None, email) => (email.unwrap_or_else(|| words::NOTHING.to_owned()), None),
    };
    let mut wishes = vec![budget(lead, currency)];
    wishes.push(
        lead.purchase_timeframe_days
            .map(|days| format!("within {}", words::amount(days as f64, "day", "days"))),
    );
    let wishes: Vec<String> = wishes.into_iter().flatten().collect();
    vec![
        Cell::text(format!("{}. {name}", lead.position))
            .with_small(city.unwrap_or_default())
            .with_code(&lead.lead_id),
        Cell::text(words::score(lead.final_score)).with_badge(band(&lead.lead_category)),
        Cell::number(words::value(lead.conversion_probability, Unit::Share)),
        Cell::text(&lead.recommended_action).with_small(lead.why.clone().unwrap_or_default()),
        Cell::text(first_contact).with_small(second_contact.unwrap_or_default()),
        Cell::text(device.unwrap_or_else(|| words::NOTHING.to_owned())).with_small(wishes.join(", ")),
        last_touch(lead),
    ]
}

fn budget(lead: &SalesLead, currency: &str) -> Option<String> {
    let amount = |value: f64| words::count(value.round());
    match (lead.budget_low, lead.budget_high) {
        (Some(low), Some(high)) if low < high => {
            Some(format!("{currency} {} to {}", amount(low), amount(high)))
        }
        (_, Some(high)) => Some(format!("up to {currency} {}", amount(high))),
        (Some(low), None) => Some(format!("from {currency} {}", amount(low))),
        (None, None) => None,
    }
}

fn last_touch(lead: &SalesLead) -> Cell {
    let days = lead.days_since_last_touch.filter(|days| days.is_finite()).map(f64::floor);
    let when = match days {
        None => words::NOTHING.to_owned(),
        Some(days) if days < 1.0 => "today".to_owned(),
        Some(days) => format!("{} ago", words::amount(days, "day", "days")),
    };
    let via = lead.source.as_ref().map(|source| format!("through {source}"));
    Cell::text(when).with_small(via.unwrap_or_default())
}

fn band(category: &str) -> Badge {
    let class = match category {
        "HOT" => "hot",
        "WARM" => "warm",
        _ => "cold",
    };
    Badge { text: category.to_owned(), class }
}
