//! Which scoring settings, identity rules and thresholds a command works with.

use std::path::Path;

#[cfg(feature = "query")]
use leadlake_gold::KpiSettings;
pub use leadlake_lake::SettingsFrom;
use leadlake_lake::{Lake, Settings, WrittenSettings};
use leadlake_lead::identity::IdentityRules;
use leadlake_score::Scoring;

use crate::error::CliError;

#[derive(Debug)]
pub struct LoadedScoring {
    pub scoring: Scoring,
    pub from: SettingsFrom,
}

impl LoadedScoring {
    /// Those of the file named, of `./scoring.yaml`, of the lake, or the built-in ones.
    pub fn load(named: Option<&Path>, lake: &Lake) -> Result<Self, CliError> {
        let Some(WrittenSettings { text, from }) = find(Settings::Scoring, named, lake)? else {
            return Ok(Self { scoring: Scoring::shipped()?, from: SettingsFrom::BuiltIn });
        };
        Ok(Self { scoring: Scoring::parse(&from.to_string(), &text)?, from })
    }
}

#[cfg(feature = "query")]
#[derive(Debug)]
pub struct LoadedKpis {
    pub kpis: KpiSettings,
    pub from: SettingsFrom,
}

#[cfg(feature = "query")]
impl LoadedKpis {
    /// Those of the file named, of `./kpi.yaml`, of the lake, or the built-in ones.
    pub fn load(named: Option<&Path>, lake: &Lake) -> Result<Self, CliError> {
        let Some(WrittenSettings { text, from }) = find(Settings::Kpi, named, lake)? else {
            return Ok(Self { kpis: KpiSettings::shipped()?, from: SettingsFrom::BuiltIn });
        };
        Ok(Self { kpis: KpiSettings::parse(&from.to_string(), &text)?, from })
    }
}

/// Those of the file named, of `./identity.yaml`, of the lake, or none.
pub fn load_rules(named: Option<&Path>, lake: &Lake) -> Result<IdentityRules, CliError> {
    let Some(WrittenSettings { text, from }) = find(Settings::Identity, named, lake)? else {
        return Ok(IdentityRules::default());
    };
    IdentityRules::parse(&text).map_err(|fault| CliError::Rules { from, fault })
}

fn find(which: Settings, named: Option<&Path>, lake: &Lake) -> Result<Option<WrittenSettings>, CliError> {
    let usual = Path::new(which.path()).file_name().map(Path::new).filter(|usual| usual.is_file());
    Ok(lake.written_settings(named.or(usual), which)?)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use leadlake_lake::key::ObjectKey;
    use leadlake_lake::store::{MemoryStore, Store};

    use super::*;

    #[test]
    fn a_file_that_is_named_comes_before_the_lakes_own() {
        let store = Arc::new(MemoryStore::new());
        let lake = Lake::local(store.clone());
        // Tests run in the crate's folder, where no settings lie.
        assert_eq!(LoadedScoring::load(None, &lake).unwrap().from, SettingsFrom::BuiltIn);

        let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scoring.yaml");
        let text = std::fs::read_to_string(&shipped).unwrap();
        store.put(&ObjectKey::new(Settings::Scoring.path()).unwrap(), text.as_bytes()).unwrap();
        let of_lake = LoadedScoring::load(None, &lake).unwrap();
        assert_eq!(of_lake.from, SettingsFrom::Lake("ops/settings/scoring.yaml"));
        let named = LoadedScoring::load(Some(&shipped), &lake).unwrap();
        assert_eq!(named.from, SettingsFrom::File(shipped));

        store.put(&ObjectKey::new(Settings::Scoring.path()).unwrap(), b"no settings").unwrap();
        let told = LoadedScoring::load(None, &lake).unwrap_err().to_string();
        assert!(told.contains("ops/settings/scoring.yaml in the lake"), "{told}");
        store.put(&ObjectKey::new(Settings::Identity.path()).unwrap(), b"- asha@b.in").unwrap();
        let told = load_rules(None, &lake).unwrap_err().to_string();
        assert!(told.starts_with("ops/settings/identity.yaml in the lake holds no rules"), "{told}");
        assert!(!told.contains("asha"), "{told}");
    }
}
