//! Glue as the catalog of tables with versions.

use aws_sdk_glue::types::{Table, TableInput};
use leadlake_lake::catalog::{
    Catalog, CatalogError, Publication, Publish, PublishToken, Published, Registration,
};
use leadlake_lake::tables::{TableName, VersionNumber};

use super::GlueCatalog;
use super::error::GlueError;
use super::shown;
use super::table::{GlueColumn, TableShown, is_same};

/// Each failed attempt is another's success, so that more of them mean something else changes the table all the time.
pub(super) const MOST_ATTEMPTS: u32 = 100;

impl Catalog for GlueCatalog {
    fn published(&self, table: &TableName) -> Result<Option<Published>, CatalogError> {
        let there = self.client.find(&table.sql_name()).map_err(|error| error.about("look up", table))?;
        Ok(there.map(|there| Published {
            number: number_in(&there, shown::NUMBER),
            token: PublishToken::new(there.version_id.unwrap_or_default()),
        }))
    }

    fn publish(
        &self,
        table: &TableName,
        publication: &Publication,
        expected: Option<&PublishToken>,
    ) -> Result<Publish, CatalogError> {
        self.show(publication, expected).map_err(|error| error.about("publish", table))
    }

    fn register_versions(&self, table: &TableName, versions: &[Registration]) -> Result<(), CatalogError> {
        self.register(table, versions).map_err(|error| error.about("register versions of", table))
    }

    fn unregister_versions(&self, table: &TableName, numbers: &[VersionNumber]) -> Result<(), CatalogError> {
        let name = shown::versions_name(table);
        let mut numbers = numbers.iter();
        numbers
            .try_for_each(|number| self.client.drop_partition(&name, vec![number.to_string()]))
            .map_err(|error| error.about("unregister versions of", table))
    }
}

impl GlueCatalog {
    fn show(&self, publication: &Publication, expected: Option<&PublishToken>) -> Result<Publish, GlueError> {
        let wanted = shown::current(&self.address, publication);
        let Some(expected) = expected else {
            return self.client.create(&wanted.over(None)?);
        };
        // What is copied has to be of the state that is expected.
        match self.client.find(&wanted.name)? {
            Some(there) if there.version_id.as_deref().unwrap_or_default() == expected.as_str() => {
                self.client.update(wanted.over(Some(&there))?, there.version_id.as_deref())
            }
            _ => Ok(Publish::Changed),
        }
    }

    fn register(&self, table: &TableName, versions: &[Registration]) -> Result<(), GlueError> {
        let Some(newest) = versions.iter().max_by_key(|registration| registration.version.version) else {
            return Ok(());
        };
        let newest = (newest.version.version, &newest.schema);
        let all = shown::versions(&self.address, table, newest);
        self.ensure(&all, |there| number_in(there, shown::VERSION) >= Some(newest.0))?;
        let partitions = versions.iter().map(|Registration { version, schema }| {
            let location = self.address.location(version.prefix.as_str());
            all.partition(vec![version.version.to_string()], &GlueColumn::all_of(schema), &location)
        });
        self.client.add_partitions(&all.name, &partitions.collect::<Result<Vec<_>, _>>()?)
    }

    /// Makes the table what it is to be, unless what is there is good enough. Also tells what it was to be, over what was there.
    pub(super) fn ensure(
        &self,
        wanted: &TableShown,
        is_enough: impl Fn(&Table) -> bool,
    ) -> Result<(Ensured, TableInput), GlueError> {
        for _ in 0..MOST_ATTEMPTS {
            let there = self.client.find(&wanted.name)?;
            if let Some(ensured) = self.ensure_over(wanted, there.as_ref(), &is_enough)? {
                return Ok(ensured);
            }
        }
        Err(GlueError::Contended { table: wanted.name.clone(), attempts: MOST_ATTEMPTS })
    }

    /// Nothing where another was faster.
    pub(super) fn ensure_over(
        &self,
        wanted: &TableShown,
        there: Option<&Table>,
        is_enough: impl Fn(&Table) -> bool,
    ) -> Result<Option<(Ensured, TableInput)>, GlueError> {
        let input = wanted.over(there)?;
        let Some(there) = there else {
            let created = self.client.create(&input)?;
            return Ok((created == Publish::Done).then_some((Ensured::Created, input)));
        };
        if is_enough(there) || is_same(there, &input)? {
            return Ok(Some((Ensured::WasThere, input)));
        }
        let updated = self.client.update(input.clone(), there.version_id.as_deref())?;
        Ok((updated == Publish::Done).then_some((Ensured::Updated, input)))
    }
}

/// What was done for a table to be as it is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ensured {
    Created,
    Updated,
    WasThere,
}

pub(super) fn number_in(there: &Table, parameter: &str) -> Option<VersionNumber> {
    there.parameters.as_ref()?.get(parameter)?.parse().ok()
}
