//! `leadlake verify`

use std::io::{self, Write};
use std::sync::Arc;

use leadlake_lake::catalog::{PublishError, checked_head};
use leadlake_lake::tables::{TableLog, TableName};
use leadlake_lake::verify::{Fault, Verification, verify};
use leadlake_pipeline::Salt;

use super::Setting;
use crate::args::Verify;
use crate::error::CliError;
use crate::output::{Ended, Report, grouped, print};
use crate::place::OpenLake;

pub fn run(ask: &Verify, setting: &Setting) -> Result<Ended, CliError> {
    let contracts = setting.contracts()?;
    let open = ask.lake.open()?;
    let mut verification = verify(&open.lake, &contracts.all)?;
    if ask.lake.database.is_some() {
        compare_with_catalog(&open, &mut verification)?;
    }
    if let Some(trouble) = Salt::trouble(&open.lake, &*open.catalog)? {
        verification.faults.push(Fault::SaltLost { reason: trouble.to_string() });
    }
    print(&verification, setting.format)?;
    Ok(Ended::well_if(verification.faults.is_empty()))
}

/// Entries of logs that the catalog knows of, and that are lost.
fn compare_with_catalog(
    OpenLake { lake, catalog }: &OpenLake,
    verification: &mut Verification,
) -> Result<(), CliError> {
    for table in TableName::OWN {
        let in_its_folder = format!("{}/", table.folder());
        match checked_head(&TableLog::new(Arc::clone(&lake.store), table), &**catalog) {
            Ok(_) => {}
            Err(lost @ (PublishError::LogGone { .. } | PublishError::Ahead { .. })) => {
                verification.faults.push(Fault::LogLost { reason: lost.to_string() });
                // What the lost entries named must not be called left over.
                verification.left_over.retain(|folder| !folder.as_str().starts_with(&in_its_folder));
            }
            Err(failure) => return Err(failure.into()),
        }
    }
    Ok(())
}
impl Report for Verification {
    fn write_text(&self, out: &mut dyn Write) -> io::Result<()> {
        for fault in &self.faults {
            writeln!(out, "{fault}")?;
        }
        writeln!(
            out,
            "{} objects, {} files: {} records = {} accepted + {} refused + {} duplicate; {} faults",
            grouped(self.objects),
            grouped(self.files),
            grouped(self.counts.input),
            grouped(self.counts.accepted),
            grouped(self.counts.refused_total()),
            grouped(self.counts.duplicate),
            grouped(self.faults.len() as u64)
        )?;
        for (table, number) in &self.tables {
            writeln!(out, "{table}: version {number}")?;
        }
        if !self.left_over.is_empty() {
            let folders = grouped(self.left_over.len() as u64);
            writeln!(out, "{folders} folders of runs that were not finished, which vacuum will delete")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;
    use leadlake_lake::Lake;
    use leadlake_lake::catalog::{Catalog, LocalCatalog, Publication, RegisteredVersion};
    use leadlake_lake::key::ObjectKey;
    use leadlake_lake::store::{MemoryStore, Store};
    use leadlake_lake::tables::{RunId, TableSchema, VersionNumber};

    #[test]
    fn a_log_that_only_another_catalog_remembers_is_lost_and_its_files_are_not_left_over() {
        let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
        let lake = Lake::local(Arc::clone(&store));
        let prefix = |table: &TableName| {
            let run = RunId::new(Timestamp::UNIX_EPOCH, 1);
            ObjectKey::new(format!("{}/snap=00000001-{run}", table.folder())).unwrap()
        };
        let (lost, dead) = (TableName::LEAD_SCORES, TableName::LEADS);
        for table in [&lost, &dead] {
            store.put(&prefix(table).join("part-00000.parquet").unwrap(), b"rows").unwrap();
        }
        let catalog: Arc<dyn Catalog> = Arc::new(LocalCatalog::new(Arc::new(MemoryStore::new())));
        let version = RegisteredVersion {
            version: VersionNumber::FIRST,
            prefix: prefix(&lost),
            rows: 1,
            as_of: Timestamp::UNIX_EPOCH,
        };
        let publication = Publication {
            table: lost.clone(),
            number: VersionNumber::FIRST,
            committed_at: Timestamp::UNIX_EPOCH,
            version,
            schema: TableSchema { fingerprint: String::new(), columns: Vec::new() },
        };
        let _ = catalog.publish(&lost, &publication, None).unwrap();

        let mut verification = verify(&lake, &[]).unwrap();
        assert_eq!((verification.faults.len(), verification.left_over.len()), (0, 2));
        compare_with_catalog(&OpenLake { lake, catalog }, &mut verification).unwrap();
        assert!(
            matches!(verification.faults.as_slice(), [Fault::LogLost { .. }]),
            "{:?}",
            verification.faults
        );
        assert_eq!(verification.left_over, [prefix(&dead)]);
    }
}
