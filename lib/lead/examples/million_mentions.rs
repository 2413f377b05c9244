//! What identity takes for 1,000,000 mentions of 200,000 people: time, and peak memory above that of the mentions themselves.

use std::error::Error;
use std::fs;
use std::time::Instant;

use leadlake_lead::event::{Day, Micros};
use leadlake_lead::identity::{IdentityBuilder, IdentityRules, IdentitySettings, Mention, Traits};

const PEOPLE: u64 = 200_000;
const MENTIONS: u64 = 1_000_000;
const GIVEN: [&str; 12] = [
    "Amit", "Rahul", "Priya", "Ananya", "Vikram", "Sneha", "Arjun", "Kavita", "Rohan", "Divya", "Suresh",
    "Meera",
];
const FAMILY: [&str; 8] = ["Kumar", "Sharma", "Patel", "Reddy", "Iyer", "Nair", "Singh", "Gupta"];
const CITIES: [&str; 6] = ["Bangalore", "Mumbai", "Delhi", "Chennai", "Pune", "Kochi"];

struct Person {
    email: String,
    phone: Option<String>,
    crm_id: Option<String>,
    name: String,
    city: &'static str,
}

fn main() -> Result<(), Box<dyn Error>> {
    let people: Vec<Person> = (0..PEOPLE).filter_map(person).collect();
    let before = memory("VmRSS:")?;
    let started = Instant::now();
    let mut builder = IdentityBuilder::new(IdentitySettings::default(), IdentityRules::default());
    for number in 0..MENTIONS {
        let Some(person) = people.get((number * 7_368_787 % PEOPLE) as usize) else { continue };
        builder.add(&mention(person, number));
    }
    let added = started.elapsed();
    let resolution = builder.resolve(&[7; 32]);
    let took = started.elapsed();
    println!(
        "{:?}\n{} aliases\nadd {added:?}, all {took:?}, peak {} MB above {} MB",
        resolution.statistics(),
        resolution.aliases().len(),
        (memory("VmHWM:")? - before) / 1000,
        before / 1000,
    );
    Ok(())
}

fn person(number: u64) -> Option<Person> {
    let mixed = number.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20;
    let given = GIVEN.get((mixed % 12) as usize)?;
    let family = FAMILY.get((mixed / 12 % 8) as usize)?;
    let unique = number * 7_368_787 % 10_000_019;
    let (lower_given, lower_family) = (given.to_lowercase(), family.to_lowercase());
    Some(Person {
        email: format!("{lower_given}.{lower_family}{unique}@gmail.com"),
        phone: (mixed % 100 < 85).then(|| format!("+9198{:08}", number * 68_787 % 99_999_989)),
        crm_id: (mixed % 10 < 7).then(|| format!("c-{unique}")),
        name: format!("{given} {family}"),
        city: CITIES.get((mixed / 96 % 6) as usize)?,
    })
}

/// As sources tell them: each its own part.
fn mention(person: &Person, number: u64) -> Mention<'_> {
    let source = number / PEOPLE;
    let tells_contact = source == 0 || source == 3;
    let phone = person.phone.as_deref().filter(|_| tells_contact);
    Mention {
        email: Some(person.email.as_str()).filter(|_| source != 3 || phone.is_none()),
        phone,
        crm_id: person.crm_id.as_deref().filter(|_| source == 2),
        name: Some(person.name.as_str()).filter(|_| tells_contact),
        city: Some(person.city).filter(|_| tells_contact),
        traits: Traits::default(),
        arrived: Day(20_000 + source as i32),
        at: Micros(number as i64),
    }
}

/// In kilobytes, of this process.
fn memory(what: &str) -> Result<i64, Box<dyn Error>> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix(what)).ok_or("the system does not tell")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}
