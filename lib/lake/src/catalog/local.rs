//! A catalog of JSON files in the lake itself: `catalog/<table>.json` and `catalog/<table>_versions.json`.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{
    Catalog, CatalogError, Publication, Publish, PublishToken, Published, RegisteredVersion, Registration,
};
use crate::key::ObjectKey;
use crate::store::{Put, PutIfMatch, Store, VersionToken, Versioned};
use crate::tables::{TableName, VersionNumber};

pub const CATALOG_FOLDER: &str = "catalog";

/// Each failed attempt is another's success, so that more of them mean something else is wrong.
const MOST_ATTEMPTS: u32 = 1000;

#[derive(Clone)]
pub struct LocalCatalog {
    store: Arc<dyn Store>,
}

type Versions = BTreeMap<VersionNumber, RegisteredVersion>;

impl LocalCatalog {
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self { store }
    }

    /// What the table is published as.
    pub fn publication(&self, table: &TableName) -> Result<Option<Publication>, CatalogError> {
        let key = table_key(table)?;
        match self.store.read_versioned(&key)? {
            Some(there) => parsed(&key, &versions_key(table)?, &there.bytes).map(Some),
            None => Ok(None),
        }
    }

    /// The versions that can be read by their number, oldest first.
    pub fn versions(&self, table: &TableName) -> Result<Vec<RegisteredVersion>, CatalogError> {
        let key = versions_key(table)?;
        let versions: Versions = match self.store.read_versioned(&key)? {
            Some(there) => parsed(&key, &table_key(table)?, &there.bytes)?,
            None => Versions::new(),
        };
        Ok(versions.into_values().collect())
    }

    fn change_versions(&self, table: &TableName, change: impl Fn(&mut Versions)) -> Result<(), CatalogError> {
        let key = versions_key(table)?;
        for _ in 0..MOST_ATTEMPTS {
            let there = self.store.read_versioned(&key)?;
            let before: Versions = match &there {
                Some(there) => parsed(&key, &table_key(table)?, &there.bytes)?,
                None => Versions::new(),
            };
            let mut after = before.clone();
            change(&mut after);
            let json = to_json(table, &after)?;
            if after == before || self.put_over(&key, &json, there.as_ref().map(|there| &there.token))? {
                return Ok(());
            }
        }
        Err(CatalogError::Contended { key, attempts: MOST_ATTEMPTS })
    }

    /// Whether the object was as expected, and is now replaced.
    fn put_over(
        &self,
        key: &ObjectKey,
        json: &[u8],
        expected: Option<&VersionToken>,
    ) -> Result<bool, CatalogError> {
        Ok(match expected {
            Some(token) => self.store.put_if_match(key, json, token)? == PutIfMatch::Written,
            None => self.store.put_if_absent(key, json)? == Put::Written,
        })
    }
}

impl Catalog for LocalCatalog {
    fn published(&self, table: &TableName) -> Result<Option<Published>, CatalogError> {
        let there = self.store.read_versioned(&table_key(table)?)?;
        Ok(there.map(|Versioned { bytes, token }| {
            // The log knows better than a file that cannot be read, which the next publish replaces.
            let number = serde_json::from_slice::<Publication>(&bytes).ok().map(|known| known.number);
            Published { number, token: PublishToken::new(token.as_str()) }
        }))
    }

    fn publish(
        &self,
        table: &TableName,
        publication: &Publication,
        expected: Option<&PublishToken>,
    ) -> Result<Publish, CatalogError> {
        let json = to_json(table, publication)?;
        let expected = expected.map(|token| VersionToken::new(token.as_str()));
        match self.put_over(&table_key(table)?, &json, expected.as_ref())? {
            true => Ok(Publish::Done),
            false => Ok(Publish::Changed),
        }
    }

    fn register_versions(&self, table: &TableName, versions: &[Registration]) -> Result<(), CatalogError> {
        let versions = versions.iter().map(|registration| &registration.version);
        self.change_versions(table, |known| {
            known.extend(versions.clone().map(|version| (version.version, version.clone())));
        })
    }

    fn unregister_versions(&self, table: &TableName, numbers: &[VersionNumber]) -> Result<(), CatalogError> {
        self.change_versions(table, |known| known.retain(|number, _| !numbers.contains(number)))
    }
}

fn table_key(table: &TableName) -> Result<ObjectKey, CatalogError> {
    Ok(ObjectKey::new(format!("{CATALOG_FOLDER}/{}.json", table.sql_name()))?)
}

fn versions_key(table: &TableName) -> Result<ObjectKey, CatalogError> {
    Ok(ObjectKey::new(format!("{CATALOG_FOLDER}/{}_versions.json", table.sql_name()))?)
}

fn to_json(table: &TableName, what: &impl serde::Serialize) -> Result<Vec<u8>, CatalogError> {
    let mut json = serde_json::to_vec(what)
        .map_err(|source| CatalogError::Unwritable { table: table.clone(), source })?;
    json.push(b'\n');
    Ok(json)
}

fn parsed<T: serde::de::DeserializeOwned>(
    key: &ObjectKey,
    sibling: &ObjectKey,
    json: &[u8],
) -> Result<T, CatalogError> {
    serde_json::from_slice(json).map_err(|fault| CatalogError::Unreadable {
        key: key.clone(),
        sibling: sibling.clone(),
        source: fault.into(),
    })
}
