//! Settings that lie in the lake, for whoever works on it without a file of their own.

use std::fmt::{self, Display, Formatter};
use std::io::Read;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::key::ObjectKey;
use crate::lake::{Lake, LakeError};
use crate::store::StoreError;

/// No file that a person writes comes near it. What reads the text has stricter bounds.
const LARGEST_BYTES: u64 = 1024 * 1024;

/// Which settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settings {
    /// How leads are scored.
    Scoring,
    /// Who is to be joined or kept apart. It is of people's identifiers.
    Identity,
    /// When KPIs are worth a look.
    Kpi,
}

impl Settings {
    pub const ALL: [Self; 3] = [Self::Scoring, Self::Identity, Self::Kpi];

    /// Where they lie in a lake.
    pub fn path(self) -> &'static str {
        match self {
            Self::Scoring => "ops/settings/scoring.yaml",
            Self::Identity => "ops/settings/identity.yaml",
            Self::Kpi => "ops/settings/kpi.yaml",
        }
    }
}

/// Settings as somebody wrote them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenSettings {
    pub text: String,
    pub from: SettingsFrom,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SettingsFrom {
    File(PathBuf),
    /// The object of this key.
    Lake(&'static str),
    BuiltIn,
}

impl Display for SettingsFrom {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(file) => write!(formatter, "{}", file.display()),
            Self::Lake(key) => write!(formatter, "{key} in the lake"),
            Self::BuiltIn => formatter.write_str("built in"),
        }
    }
}

impl Lake {
    /// Those of the file, else the lake's own; nothing where there are neither, and what is built in holds.
    pub fn written_settings(
        &self,
        file: Option<&Path>,
        which: Settings,
    ) -> Result<Option<WrittenSettings>, LakeError> {
        let Some(file) = file else {
            let of_lake = self.settings(which)?;
            let from = SettingsFrom::Lake(which.path());
            return Ok(of_lake.map(|text| WrittenSettings { text, from }));
        };
        let text = std::fs::read_to_string(file)
            .map_err(|source| LakeError::SettingsFile { file: file.to_owned(), source })?;
        Ok(Some(WrittenSettings { text, from: SettingsFrom::File(file.to_owned()) }))
    }

    /// The lake's own settings, unread; none where it has none.
    pub fn settings(&self, which: Settings) -> Result<Option<String>, LakeError> {
        let key = ObjectKey::new(which.path()).map_err(StoreError::from)?;
        let opened = match self.store.open(&key) {
            Ok(opened) => opened,
            Err(StoreError::NotFound { .. }) => return Ok(None),
            Err(failure) => return Err(failure.into()),
        };
        let mut bytes = Vec::new();
        let read = opened.body.take(LARGEST_BYTES + 1).read_to_end(&mut bytes);
        read.map_err(|source| LakeError::Body { key: key.clone(), source })?;
        if bytes.len() as u64 > LARGEST_BYTES {
            return Err(LakeError::LargeSettings { key, most: LARGEST_BYTES });
        }
        String::from_utf8(bytes).map(Some).map_err(|_| LakeError::NoTextSettings { key })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::store::{MemoryStore, Store};

    #[test]
    fn they_are_text_of_a_bounded_length_or_nothing() {
        let store = Arc::new(MemoryStore::new());
        let lake = Lake::local(store.clone());
        for which in Settings::ALL {
            assert_eq!(lake.settings(which).unwrap(), None);
            store.put(&ObjectKey::new(which.path()).unwrap(), which.path().as_bytes()).unwrap();
            assert_eq!(lake.settings(which).unwrap().as_deref(), Some(which.path()));
        }
        let key = ObjectKey::new(Settings::Kpi.path()).unwrap();
        let written = lake.written_settings(None, Settings::Kpi).unwrap().unwrap();
        assert_eq!(written.from.to_string(), "ops/settings/kpi.yaml in the lake");
        let missing = lake.written_settings(Some(Path::new("nowhere.yaml")), Settings::Kpi);
        assert!(missing.unwrap_err().to_string().starts_with("cannot read nowhere.yaml: "));
        store.put(&key, &[0xff, 0xfe]).unwrap();
        assert!(matches!(lake.settings(Settings::Kpi), Err(LakeError::NoTextSettings { .. })));
        store.put(&key, &vec![b'#'; 1024 * 1024 + 1]).unwrap();
        assert!(matches!(lake.settings(Settings::Kpi), Err(LakeError::LargeSettings { .. })));
    }
}
