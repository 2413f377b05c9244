mod behaviour;
mod generated;
mod order;
mod rules;
mod world;

use super::*;
use crate::event::{Day, Micros};

const SALT: [u8; 32] = [7; 32];

/// `email phone crm_id name city`, `-` for what is not told, on a day.
fn told(parts: [&str; 5], day: i32) -> Mention<'_> {
    let [email, phone, crm_id, name, city] = parts.map(|part| Some(part).filter(|part| *part != "-"));
    Mention { email, phone, crm_id, name, city, traits: Traits::default(), arrived: Day(day), at: Micros(0) }
}

fn resolve_with(rules: &str, mentions: &[Mention<'_>]) -> (Vec<u32>, Resolution) {
    resolve_as(IdentitySettings::default(), rules, mentions)
}

fn resolve_as(settings: IdentitySettings, rules: &str, mentions: &[Mention<'_>]) -> (Vec<u32>, Resolution) {
    let rules =
        if rules.is_empty() { IdentityRules::default() } else { serde_json::from_str(rules).unwrap() };
    let mut builder = IdentityBuilder::new(settings, rules);
    let personas: Vec<Persona> = mentions.iter().map(|mention| builder.add(mention)).collect();
    let resolution = builder.resolve(&SALT);
    let leads = personas.into_iter().map(|persona| resolution.lead_of(persona).unwrap().0).collect();
    (leads, resolution)
}

fn leads(mentions: &[[&str; 5]]) -> (Vec<u32>, Resolution) {
    let mentions: Vec<Mention<'_>> = mentions.iter().zip(0..).map(|(parts, day)| told(*parts, day)).collect();
    resolve_with("", &mentions)
}

fn reasons(resolution: &Resolution) -> Vec<&'static str> {
    resolution.reviews().iter().map(|review| review.reason.name()).collect()
}
