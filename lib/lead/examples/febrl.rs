//! Resolves Febrl records and says how well: `febrl [--without-id] FILE.csv...`, all files together as one data set.

use std::collections::HashMap;
use std::error::Error;
use std::fs;

use leadlake_lead::event::{Day, Micros};
use leadlake_lead::identity::{IdentityBuilder, IdentityRules, IdentitySettings, Mention, Traits};

struct Record {
    entity: String,
    id: String,
    name: String,
    city: String,
    birth_date: String,
    street: String,
    postcode: String,
    state: String,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let with_id = !arguments.iter().any(|argument| argument == "--without-id");
    let mut records = Vec::new();
    for path in arguments.iter().filter(|argument| *argument != "--without-id") {
        records.extend(read(&fs::read_to_string(path)?));
    }
    let mut builder = IdentityBuilder::new(IdentitySettings::default(), IdentityRules::default());
    let personas: Vec<_> = records.iter().map(|record| builder.add(&record.mention(with_id))).collect();
    let resolution = builder.resolve(&[0; 32]);
    let mut by_entity: HashMap<&str, u64> = HashMap::new();
    let mut by_lead = HashMap::new();
    let mut by_both = HashMap::new();
    for (record, persona) in records.iter().zip(personas) {
        let lead = resolution.lead_of(persona).ok_or("a persona without a lead")?;
        *by_entity.entry(&record.entity).or_default() += 1;
        *by_lead.entry(lead).or_default() += 1;
        *by_both.entry((lead, &record.entity)).or_default() += 1;
    }
    let true_pairs = pairs(by_entity.values());
    let found_pairs = pairs(by_lead.values());
    let right_pairs = pairs(by_both.values());
    let precision = right_pairs / found_pairs;
    let recall = right_pairs / true_pairs;
    let f1 = 2.0 * precision * recall / (precision + recall);
    let statistics = resolution.statistics();
    println!(
        r#"{{"records":{},"precision":{precision:.5},"recall":{recall:.5},"f1":{f1:.5},"reviews":{},"compared_pairs":{},"skipped_blocks":{}}}"#,
        records.len(),
        statistics.reviews,
        statistics.compared_pairs,
        statistics.skipped_blocks
    );
    Ok(())
}

fn pairs<'a>(sizes: impl Iterator<Item = &'a u64>) -> f64 {
    sizes.map(|size| size * (size - 1) / 2).sum::<u64>() as f64
}

/// `rec_id, given_name, surname, street_number, address_1, address_2, suburb, postcode, state, date_of_birth, soc_sec_id`;
/// the files quote nothing.
fn read(text: &str) -> impl Iterator<Item = Record> + '_ {
    text.lines().skip(1).filter(|line| !line.trim().is_empty()).map(|line| {
        let mut cells = line.split(',').map(str::trim);
        let mut cell = || cells.next().unwrap_or_default();
        let entity = cell().split('-').nth(1).unwrap_or_default().to_owned();
        let name = format!("{} {}", cell(), cell()).trim().to_owned();
        let street = format!("{} {}", cell(), cell()).trim().to_owned();
        let (_second_line, city, postcode, state) = (cell(), cell(), cell(), cell());
        let (birth_date, id) = (cell(), cell());
        Record {
            entity,
            id: id.to_owned(),
            name,
            city: city.to_owned(),
            birth_date: birth_date.to_owned(),
            street,
            postcode: postcode.to_owned(),
            state: state.to_owned(),
        }
    })
}

impl Record {
    fn mention(&self, with_id: bool) -> Mention<'_> {
        Mention {
            email: None,
            phone: None,
            crm_id: given(&self.id).filter(|_| with_id),
            name: given(&self.name),
            city: given(&self.city),
            traits: Traits {
                birth_date: given(&self.birth_date),
                street: given(&self.street),
                postcode: given(&self.postcode),
                state: given(&self.state),
            },
            arrived: Day(0),
            at: Micros(0),
        }
    }
}

fn given(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}
