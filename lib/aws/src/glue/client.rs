//! The calls of Glue that are made here, each for one database.

use std::collections::{BTreeMap, BTreeSet};
use std::thread;
use std::time::Duration;

use aws_sdk_glue::Client;
use aws_sdk_glue::operation::batch_create_partition::BatchCreatePartitionError;
use aws_sdk_glue::operation::create_database::CreateDatabaseError;
use aws_sdk_glue::operation::create_table::CreateTableError;
use aws_sdk_glue::operation::delete_partition::DeletePartitionError;
use aws_sdk_glue::operation::get_database::GetDatabaseError;
use aws_sdk_glue::operation::get_partition::GetPartitionError;
use aws_sdk_glue::operation::get_table::GetTableError;
use aws_sdk_glue::operation::get_tables::GetTablesError;
use aws_sdk_glue::operation::update_table::UpdateTableError;
use aws_sdk_glue::types::{DatabaseInput, PartitionError, PartitionInput, Table, TableInput};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use leadlake_lake::catalog::Publish;

use super::database::GlueDatabase;
use super::error::GlueError;
use crate::connect::Aws;
use crate::refusal::{CallError, Refusal};

/// What one call of BatchCreatePartition takes.
const MOST_PARTITIONS: usize = 100;
const ALREADY_THERE: &str = "AlreadyExistsException";
/// Said of an update whose version id is not that of the table any more.
const OVERTAKEN: [&str; 2] = ["ConcurrentModificationException", "VersionMismatchException"];
/// Others are at work on the table: whoever begins again at once meets them again.
const PAUSE: Duration = Duration::from_millis(20);

pub(super) struct GlueClient {
    client: Client,
    /// Holds the runtime that answers are waited for on.
    aws: Aws,
    database: GlueDatabase,
}

/// The values of a partition, in the order of the table's partition columns.
pub(super) type PartitionValues = Vec<String>;

impl GlueClient {
    pub(super) fn new(aws: &Aws, database: GlueDatabase) -> Self {
        Self { client: Client::new(aws.config()), aws: aws.clone(), database }
    }

    pub(super) fn make_database(&self) -> Result<(), GlueError> {
        let name = self.database.as_str();
        let look = self.client.get_database().name(name).send();
        match self.wait(look)? {
            Ok(_) => return Ok(()),
            Err(error)
                if error.as_service_error().is_some_and(GetDatabaseError::is_entity_not_found_exception) => {}
            Err(error) => return Err(self.refused("find the database", name, &error)),
        }
        let described = DatabaseInput::builder().name(name).description("Tables of leadlake").build()?;
        let create = self.client.create_database().database_input(described).send();
        match self.wait(create)? {
            Ok(_) => Ok(()),
            Err(error)
                if error.as_service_error().is_some_and(CreateDatabaseError::is_already_exists_exception) =>
            {
                Ok(())
            }
            Err(error) => Err(self.refused("create the database", name, &error)),
        }
    }

    pub(super) fn find(&self, table: &str) -> Result<Option<Table>, GlueError> {
        let look = self.client.get_table().database_name(self.database.as_str()).name(table).send();
        match self.wait(look)? {
            Ok(found) => Ok(found.table),
            Err(error)
                if error.as_service_error().is_some_and(GetTableError::is_entity_not_found_exception) =>
            {
                Ok(None)
            }
            Err(error) => Err(self.refused("look up", table, &error)),
        }
    }

    /// All tables of the database, by name. None where there is no database.
    pub(super) fn tables(&self) -> Result<BTreeMap<String, Table>, GlueError> {
        let mut tables = BTreeMap::new();
        let mut next = None;
        loop {
            let page = self.client.get_tables().database_name(self.database.as_str()).set_next_token(next);
            let page = match self.wait(page.send())? {
                Ok(page) => page,
                Err(error)
                    if error
                        .as_service_error()
                        .is_some_and(GetTablesError::is_entity_not_found_exception) =>
                {
                    return Ok(tables);
                }
                Err(error) => return Err(self.refused("list", "its tables", &error)),
            };
            tables.extend(
                page.table_list.unwrap_or_default().into_iter().map(|table| (table.name.clone(), table)),
            );
            next = page.next_token.filter(|token| !token.is_empty());
            if next.is_none() {
                return Ok(tables);
            }
        }
    }

    /// [`Publish::Changed`] where the table is there.
    pub(super) fn create(&self, table: &TableInput) -> Result<Publish, GlueError> {
        let name = table.name().to_owned();
        let create = || {
            let create = self.client.create_table().database_name(self.database.as_str());
            self.wait(create.table_input(table.clone()).send())
        };
        let mut created = create()?;
        // Whoever publishes first need not have asked for the database first.
        if let Err(error) = &created
            && error.as_service_error().is_some_and(CreateTableError::is_entity_not_found_exception)
        {
            self.make_database()?;
            created = create()?;
        }
        match created {
            Ok(_) => Ok(Publish::Done),
            Err(error) if is_overtaken(&error) || error.code() == Some(ALREADY_THERE) => Ok(overtaken()),
            Err(error) => Err(self.refused("create", &name, &error)),
        }
    }

    /// [`Publish::Changed`] where the table is another than when its version id was read.
    pub(super) fn update(&self, table: TableInput, version_id: Option<&str>) -> Result<Publish, GlueError> {
        let name = table.name().to_owned();
        let update = self.client.update_table().database_name(self.database.as_str()).table_input(table);
        // Old versions of the table stand in its log; those of Glue are many, and limited.
        let update = update.skip_archive(true).set_version_id(version_id.map(str::to_owned)).send();
        match self.wait(update)? {
            Ok(_) => Ok(Publish::Done),
            Err(error)
                if is_overtaken(&error)
                    || error
                        .as_service_error()
                        .is_some_and(UpdateTableError::is_entity_not_found_exception) =>
            {
                Ok(overtaken())
            }
            Err(error) => Err(self.refused("update", &name, &error)),
        }
    }

    /// The values of all partitions.
    pub(super) fn partitions(&self, table: &str) -> Result<BTreeSet<PartitionValues>, GlueError> {
        let mut partitions = BTreeSet::new();
        let mut next = None;
        loop {
            let page = self.client.get_partitions().database_name(self.database.as_str()).table_name(table);
            let page = page.exclude_column_schema(true).set_next_token(next).send();
            let page =
                self.wait(page)?.map_err(|error| self.refused("list the partitions of", table, &error))?;
            let found = page.partitions.unwrap_or_default();
            partitions.extend(found.into_iter().filter_map(|partition| partition.values));
            next = page.next_token.filter(|token| !token.is_empty());
            if next.is_none() {
                return Ok(partitions);
            }
        }
    }

    /// Also false where there is no table.
    pub(super) fn has_partition(&self, table: &str, values: PartitionValues) -> Result<bool, GlueError> {
        let look = self.client.get_partition().database_name(self.database.as_str()).table_name(table);
        match self.wait(look.set_partition_values(Some(values)).send())? {
            Ok(_) => Ok(true),
            Err(error)
                if error.as_service_error().is_some_and(GetPartitionError::is_entity_not_found_exception) =>
            {
                Ok(false)
            }
            Err(error) => Err(self.refused("look up a partition of", table, &error)),
        }
    }

    /// Partitions that are there stay as they are.
    pub(super) fn add_partitions(&self, table: &str, partitions: &[PartitionInput]) -> Result<(), GlueError> {
        partitions.chunks(MOST_PARTITIONS).try_for_each(|some| self.add_some(table, some))
    }

    fn add_some(&self, table: &str, partitions: &[PartitionInput]) -> Result<(), GlueError> {
        let add =
            self.client.batch_create_partition().database_name(self.database.as_str()).table_name(table);
        let add = add.set_partition_input_list(Some(partitions.to_vec())).send();
        match (self.wait(add)?, partitions) {
            (Ok(answer), _) => answer.errors().iter().try_for_each(|fault| added(table, fault)),
            (Err(error), partitions) if is_already_there(&error) => match partitions {
                // Told of the call as a whole, it does not say which of them, and whether the others are there now.
                [_, _, ..] => {
                    partitions.iter().try_for_each(|one| self.add_some(table, std::slice::from_ref(one)))
                }
                _ => Ok(()),
            },
            (Err(error), _) => Err(self.refused("add partitions to", table, &error)),
        }
    }

    /// One that is not there counts as dropped.
    pub(super) fn drop_partition(&self, table: &str, values: PartitionValues) -> Result<(), GlueError> {
        let drop = self.client.delete_partition().database_name(self.database.as_str()).table_name(table);
        match self.wait(drop.set_partition_values(Some(values)).send())? {
            Ok(_) => Ok(()),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(DeletePartitionError::is_entity_not_found_exception) =>
            {
                Ok(())
            }
            Err(error) => Err(self.refused("drop a partition of", table, &error)),
        }
    }

    fn wait<T, E>(
        &self,
        call: impl Future<Output = Result<T, CallError<E>>> + Send + 'static,
    ) -> Result<Result<T, CallError<E>>, GlueError>
    where
        T: Send + 'static,
        E: Send + 'static,
    {
        let database = self.database.to_string();
        self.aws.bridge().wait(call).map_err(|stopped| GlueError::Service {
            operation: "be asked about",
            what: "tables".to_owned(),
            database,
            refusal: stopped.into(),
        })
    }

    fn refused<E>(&self, operation: &'static str, what: &str, error: &CallError<E>) -> GlueError
    where
        E: ProvideErrorMetadata + std::error::Error + 'static,
    {
        let database = self.database.to_string();
        GlueError::Service { operation, what: what.to_owned(), database, refusal: Refusal::of(error) }
    }
}

fn overtaken() -> Publish {
    thread::sleep(PAUSE);
    Publish::Changed
}

fn is_overtaken<E: ProvideErrorMetadata>(error: &CallError<E>) -> bool {
    error.code().is_some_and(|code| OVERTAKEN.contains(&code))
}

fn is_already_there(error: &CallError<BatchCreatePartitionError>) -> bool {
    error.as_service_error().is_some_and(BatchCreatePartitionError::is_already_exists_exception)
}

/// Whether the partition that was not added is there.
fn added(table: &str, fault: &PartitionError) -> Result<(), GlueError> {
    let detail = fault.error_detail();
    let code = detail.and_then(|detail| detail.error_code());
    if code == Some(ALREADY_THERE) {
        return Ok(());
    }
    let message = detail.and_then(|detail| detail.error_message());
    let reason: Vec<&str> = [code, message].into_iter().flatten().collect();
    let partition = fault.partition_values().join("/");
    Err(GlueError::Partition { table: table.to_owned(), partition, reason: reason.join(", ") })
}
