//! Cities under all their names.

use std::sync::LazyLock;

use hashbrown::HashMap;

use super::fold::{latin, push_sound};

/// Each row is one city. Spelling and script are taken care of by sound, so only different names stand here.
const NAMES: [&[&str]; 25] = [
    &["bengaluru", "bangalore", "bangalor", "baingalor"],
    &["mumbai", "bombay"],
    &["chennai", "madras"],
    &["kolkata", "calcutta"],
    &["pune", "poona"],
    &["gurugram", "gurgaon"],
    &["kochi", "cochin", "kochin"],
    &["mysuru", "mysore", "maisur"],
    &["hyderabad", "haidarabad"],
    &["thiruvananthapuram", "trivandrum"],
    &["visakhapatnam", "vizag", "vishakhapatnam"],
    &["ahmedabad", "amdavad", "ahmadabad"],
    &["delhi", "new delhi", "dilli", "nai dilli"],
    &["varanasi", "banaras", "benares"],
    &["vadodara", "baroda"],
    &["prayagraj", "allahabad"],
    &["mangaluru", "mangalore"],
    &["hubballi", "hubli"],
    &["belagavi", "belgaum"],
    &["kozhikode", "calicut"],
    &["thrissur", "trichur"],
    &["tiruchirappalli", "trichy", "tiruchi"],
    &["puducherry", "pondicherry"],
    &["kanpur", "cawnpore"],
    &["guwahati", "gauhati"],
];

/// Equal for equal cities in any script, usual spelling and name; empty for what is no city.
pub fn city_key(city: &str) -> String {
    let sound = sound_of(&latin(city));
    USUAL_SOUNDS.get(&sound).cloned().unwrap_or(sound)
}

/// How the usual name sounds, by the sound of every name.
static USUAL_SOUNDS: LazyLock<HashMap<String, String>> = LazyLock::new(|| {
    let mut usual = HashMap::new();
    for names in NAMES {
        let Some(first) = names.first() else { continue };
        for name in names.iter() {
            usual.entry(sound_of(name)).or_insert_with(|| sound_of(first));
        }
    }
    usual
});

fn sound_of(latin: &str) -> String {
    let mut sound = String::with_capacity(latin.len());
    latin.split(' ').for_each(|word| push_sound(word, &mut sound));
    sound
}
