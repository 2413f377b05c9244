//! Where a lake lies, and how it is opened.

use std::ffi::OsString;
use std::fmt::{self, Display, Formatter};
use std::path::{Path, PathBuf};
#[cfg(feature = "query")]
use std::str::FromStr;
use std::sync::Arc;

use clap::Args;
use clap::builder::{OsStringValueParser, TypedValueParser};
use jiff::{SignedDuration, Timestamp};
use leadlake_lake::catalog::{Catalog, LocalCatalog};
use leadlake_lake::layout::{BRONZE, Layer};
use leadlake_lake::store::{DirStore, Store};
use leadlake_lake::{Lake, LakeError};
use serde::{Serialize, Serializer};

use crate::aws::{self, AddressError, GlueDatabase, LakeAddress};
use crate::error::CliError;

/// What a dead process left half-written is safe to remove once no run can be that old.
const LONGEST_RUN: SignedDuration = SignedDuration::from_hours(24);

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    Folder(PathBuf),
    S3(LakeAddress),
}

#[derive(Debug, Args)]
pub struct LakePlace {
    /// The lake: a folder that holds bronze/, or s3://bucket, s3://bucket/prefix, or s3://name-{layer} where each layer has
    /// a bucket of its own
    #[arg(long = "lake", value_name = "FOLDER|ADDRESS", env = "LEADLAKE_LAKE", value_parser = place())]
    pub place: Place,
}

#[derive(Debug, Args)]
pub struct PublishedLake {
    #[command(flatten)]
    pub lake: LakePlace,
    /// Glue database whose tables show engines the lake [default: files in the lake's catalog/]
    #[arg(long, value_name = "NAME", env = "LEADLAKE_GLUE_DATABASE")]
    pub database: Option<GlueDatabase>,
}

/// A lake that is only read.
#[cfg(feature = "query")]
#[derive(Debug, Args)]
pub struct ReadLake {
    #[command(flatten)]
    pub lake: LakePlace,
    /// Glue database that shows engines the lake: it remembers tables whose log was lost, which else have no rows. A lake in
    /// a folder remembers them itself
    #[arg(long, value_name = "NAME", env = "LEADLAKE_GLUE_DATABASE")]
    pub database: Option<String>,
}

/// A lake that is worked on, and what engines are told of it by.
pub struct OpenLake {
    pub lake: Lake,
    pub catalog: Arc<dyn Catalog>,
}

pub fn place() -> impl TypedValueParser<Value = Place> {
    OsStringValueParser::new().try_map(Place::try_from)
}

impl TryFrom<OsString> for Place {
    type Error = AddressError;

    fn try_from(words: OsString) -> Result<Self, AddressError> {
        match words.to_str() {
            Some(address) if address.contains("://") => Ok(Self::S3(address.parse()?)),
            _ => Ok(Self::Folder(words.into())),
        }
    }
}

impl Display for Place {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(folder) => folder.display().fmt(formatter),
            Self::S3(address) => formatter.write_str(address.to_string().trim_end_matches('/')),
        }
    }
}

impl Serialize for Place {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Place {
    pub fn open(&self) -> Result<Lake, CliError> {
        match self {
            Self::Folder(folder) => self.open_folder(folder),
            Self::S3(address) => aws::open(address),
        }
    }

    fn open_folder(&self, folder: &Path) -> Result<Lake, CliError> {
        if !folder.is_dir() {
            return Err(self.no_lake());
        }
        let store = DirStore::open(folder)?;
        store.clean_temporary(Timestamp::now() - LONGEST_RUN)?;
        Ok(Lake::local(Arc::new(store)))
    }

    /// One with nothing raw and nothing refined is most likely another than was meant.
    pub fn open_filled(&self) -> Result<Lake, CliError> {
        let lake = self.open()?;
        for name in [BRONZE, Layer::Ledger.folder()] {
            if self.has_folder(&lake, name)? {
                return Ok(lake);
            }
        }
        Err(self.no_lake())
    }

    /// On S3 a folder is there as long as something lies in it.
    fn has_folder(&self, lake: &Lake, name: &str) -> Result<bool, CliError> {
        if let Self::Folder(folder) = self {
            return Ok(folder.join(name).is_dir());
        }
        match lake.store.list(name)?.next().transpose().map_err(LakeError::from) {
            Err(failure) if !failure.is_stray() => Err(failure.into()),
            Err(_) | Ok(Some(_)) => Ok(true),
            Ok(None) => Ok(false),
        }
    }

    /// To be written to, also where nothing is yet.
    pub fn create(&self) -> Result<Arc<dyn Store>, CliError> {
        match self {
            Self::Folder(folder) => Ok(Arc::new(DirStore::create(folder)?)),
            Self::S3(address) => Ok(aws::open(address)?.store),
        }
    }

    /// Where one of the lake's folders or objects lies.
    pub fn path(&self, key: &str) -> String {
        match self {
            Self::Folder(folder) => folder.join(key).display().to_string(),
            Self::S3(address) => address.location(key).trim_end_matches('/').to_owned(),
        }
    }

    /// What the lake is called where it is shown: the last part of its folder, or its address.
    #[cfg(feature = "query")]
    pub fn name(&self) -> String {
        let Self::Folder(folder) = self else { return self.to_string() };
        let whole = folder.canonicalize().unwrap_or_else(|_| folder.clone());
        whole.file_name().map_or_else(|| self.to_string(), |name| name.to_string_lossy().into_owned())
    }

    fn no_lake(&self) -> CliError {
        CliError::NoLake { place: self.clone() }
    }
}

impl PublishedLake {
    pub fn open(&self) -> Result<OpenLake, CliError> {
        self.with_catalog(self.lake.place.open()?)
    }

    pub fn open_filled(&self) -> Result<OpenLake, CliError> {
        self.with_catalog(self.lake.place.open_filled()?)
    }

    fn with_catalog(&self, lake: Lake) -> Result<OpenLake, CliError> {
        match (&self.database, &self.lake.place) {
            (None, _) => Ok(OpenLake::local(lake)),
            (Some(database), Place::S3(address)) => {
                Ok(OpenLake { lake, catalog: aws::catalog(database, address)? })
            }
            (Some(_), Place::Folder(folder)) => Err(CliError::NotInGlue { folder: folder.clone() }),
        }
    }
}

#[cfg(feature = "query")]
impl ReadLake {
    pub fn open(&self) -> Result<OpenLake, CliError> {
        self.with_catalog(self.lake.place.open()?)
    }

    pub fn open_filled(&self) -> Result<OpenLake, CliError> {
        self.with_catalog(self.lake.place.open_filled()?)
    }

    /// A database that is named for a whole shell is no reason to refuse a folder.
    fn with_catalog(&self, lake: Lake) -> Result<OpenLake, CliError> {
        let (Some(database), Place::S3(address)) = (&self.database, &self.lake.place) else {
            return Ok(OpenLake::local(lake));
        };
        let database: GlueDatabase = database.parse().map_err(|reason: <GlueDatabase as FromStr>::Err| {
            CliError::Database { reason: reason.to_string() }
        })?;
        Ok(OpenLake { lake, catalog: aws::catalog(&database, address)? })
    }
}

impl OpenLake {
    /// Engines are told of it by files in the lake itself.
    pub fn local(lake: Lake) -> Self {
        Self { catalog: Arc::new(LocalCatalog::new(Arc::clone(&lake.store))), lake }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(words: &str) -> Result<Place, AddressError> {
        Place::try_from(OsString::from(words))
    }

    #[test]
    fn what_is_no_address_is_a_folder() {
        for folder in ["demo-lake", "/srv/lakes/acme", "s3", "s3:/acme", ""] {
            assert_eq!(parsed(folder).unwrap(), Place::Folder(folder.into()));
        }
        assert!(parsed("gs://acme").is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_need_not_be_text() {
        let words: OsString = std::os::unix::ffi::OsStringExt::from_vec(b"lake-\xff://".to_vec());
        assert_eq!(Place::try_from(words.clone()).unwrap(), Place::Folder(words.into()));
    }

    #[test]
    fn a_place_without_a_lake_is_told_from_one() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::Folder(folder.path().to_owned());
        let told = || place.open_filled().err().map(|error| error.to_string());
        assert!(place.open().is_ok());
        let expected = format!(
            "there is no lake at {0}; put raw objects below {0}/bronze/<source>/, or try: leadlake generate {0}",
            folder.path().display()
        );
        assert_eq!(told(), Some(expected));
        std::fs::create_dir(folder.path().join("ledger")).unwrap();
        assert_eq!(told(), None);
    }

    #[cfg(feature = "aws")]
    #[test]
    fn a_lake_on_s3_says_where_its_parts_lie() {
        let place = parsed("s3://acme-{layer}-dev").unwrap();
        assert_eq!(place.path("bronze"), "s3://acme-bronze-dev/bronze");
        assert_eq!(place.path("generated.json"), "s3://acme-ops-dev/generated.json");
        assert_eq!(parsed("s3://acme").unwrap().to_string(), "s3://acme");
        assert!(parsed("s3://acme/../b").is_err());
    }

    #[cfg(feature = "aws")]
    #[test]
    fn a_folder_is_not_shown_in_glue() {
        let folder = tempfile::tempdir().unwrap();
        let ask = PublishedLake {
            lake: LakePlace { place: Place::Folder(folder.path().to_owned()) },
            database: Some("lake_dev".parse().unwrap()),
        };
        assert!(matches!(ask.open(), Err(CliError::NotInGlue { .. })));
    }

    #[cfg(not(feature = "aws"))]
    #[test]
    fn without_aws_an_address_says_what_is_missing() {
        let told = parsed("s3://acme").unwrap_err().to_string();
        assert!(told.contains("built without AWS") && told.contains("--features"), "{told}");
    }
}
