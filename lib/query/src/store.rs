//! The lake's store as the engine wants to see it: to be read, and nothing else.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use chrono::DateTime;
use datafusion::error::DataFusionError;
use datafusion::execution::object_store::{ObjectStoreRegistry, ObjectStoreUrl};
use datafusion::object_store::path::Path;
use datafusion::object_store::{
    Attributes, CopyOptions, Error, GetOptions, GetResult, GetResultPayload, ListResult, MultipartUpload,
    ObjectMeta, ObjectStore, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};
use futures::StreamExt;
use futures::stream::{self, BoxStream};
use leadlake_lake::key::ObjectKey;
use leadlake_lake::store::{ObjectFacts, Store, StoreError};

const NAME: &str = "lake";

/// The only place that the engine knows.
pub(crate) fn lake_url() -> std::result::Result<ObjectStoreUrl, DataFusionError> {
    ObjectStoreUrl::parse("lake://lake")
}

/// Where the engine looks for stores: whatever is asked for, there is the lake or nothing. The engine's own registry
/// would hand out the whole disk.
pub(crate) struct OnlyTheLake {
    store: Arc<dyn ObjectStore>,
}

impl OnlyTheLake {
    pub(crate) fn new(store: Arc<dyn Store>) -> Self {
        Self { store: Arc::new(ReadOnly { store }) }
    }
}

impl fmt::Debug for OnlyTheLake {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("OnlyTheLake")
    }
}

impl ObjectStoreRegistry for OnlyTheLake {
    /// Nothing is ever registered; the lake answers for its own address.
    fn register_store(&self, _: &url::Url, _: Arc<dyn ObjectStore>) -> Option<Arc<dyn ObjectStore>> {
        None
    }

    fn get_store(&self, url: &url::Url) -> std::result::Result<Arc<dyn ObjectStore>, DataFusionError> {
        if url.as_str() == lake_url()?.as_str() {
            return Ok(Arc::clone(&self.store));
        }
        Err(DataFusionError::Plan(format!(
            "{} lies outside of the lake, and only the lake is read",
            url.scheme()
        )))
    }
}

struct ReadOnly {
    store: Arc<dyn Store>,
}

impl fmt::Debug for ReadOnly {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(NAME)
    }
}

impl fmt::Display for ReadOnly {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(NAME)
    }
}

impl ReadOnly {
    /// The store waits for disk or network, which must not hold up the engine's threads.
    async fn with_store<T: Send + 'static>(
        &self,
        work: impl FnOnce(&dyn Store) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let store = Arc::clone(&self.store);
        match tokio::task::spawn_blocking(move || work(store.as_ref())).await {
            Ok(done) => done,
            Err(died) => Err(Error::Generic { store: NAME, source: Box::new(died) }),
        }
    }
}

pub(crate) fn path_of(key: &ObjectKey) -> Result<Path> {
    Ok(Path::parse(key.as_str())?)
}

pub(crate) fn meta_of(facts: &ObjectFacts) -> Result<ObjectMeta> {
    let modified = facts.modified.as_nanosecond();
    Ok(ObjectMeta {
        location: path_of(&facts.key)?,
        last_modified: i64::try_from(modified).map(DateTime::from_timestamp_nanos).unwrap_or_default(),
        size: facts.size,
        e_tag: Some(facts.etag.clone()),
        version: None,
    })
}

fn key_of(location: &Path) -> Result<ObjectKey> {
    ObjectKey::new(location.as_ref()).map_err(|error| failure(StoreError::from(error)))
}

fn failure(error: StoreError) -> Error {
    match error {
        StoreError::NotFound { ref key } => {
            Error::NotFound { path: key.to_string(), source: Box::new(error) }
        }
        other => Error::Generic { store: NAME, source: Box::new(other) },
    }
}

fn refused(operation: &str) -> Error {
    let source = format!("{operation} is refused: queries only read the lake").into();
    Error::NotSupported { source }
}

#[async_trait]
impl ObjectStore for ReadOnly {
    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        let key = key_of(location)?;
        let (meta, range, bytes) = self
            .with_store(move |store| {
                let facts = store.head(&key).map_err(failure)?;
                let facts = facts.ok_or(StoreError::NotFound { key: key.clone() }).map_err(failure)?;
                let meta = meta_of(&facts)?;
                options.check_preconditions(&meta)?;
                let range = match &options.range {
                    None => 0..meta.size,
                    Some(range) => range
                        .as_range(meta.size)
                        .map_err(|error| Error::Generic { store: NAME, source: Box::new(error) })?,
                };
                let bytes = if options.head { Vec::new() } else { whole_range(store, &key, range.clone())? };
                Ok((meta, range, bytes))
            })
            .await?;
        let payload = GetResultPayload::Stream(stream::once(async { Ok(Bytes::from(bytes)) }).boxed());
        Ok(GetResult { payload, meta, range, attributes: Attributes::default() })
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        let key = key_of(location)?;
        let ranges = ranges.to_vec();
        self.with_store(move |store| {
            ranges.into_iter().map(|range| Ok(Bytes::from(whole_range(store, &key, range)?))).collect()
        })
        .await
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        let folder = prefix.map(ToString::to_string).unwrap_or_default();
        let this = Self { store: Arc::clone(&self.store) };
        let listed = async move {
            let listed = this
                .with_store(move |store| {
                    let listing = store.list(&folder).map_err(failure)?;
                    listing.map(|facts| meta_of(&facts.map_err(failure)?)).collect::<Result<Vec<_>>>()
                })
                .await;
            match listed {
                Ok(metas) => stream::iter(metas.into_iter().map(Ok).collect::<Vec<_>>()),
                Err(error) => stream::iter(vec![Err(error)]),
            }
        };
        stream::once(listed).flatten().boxed()
    }

    async fn list_with_delimiter(&self, _: Option<&Path>) -> Result<ListResult> {
        Err(refused("listing folders"))
    }

    async fn put_opts(&self, _: &Path, _: PutPayload, _: PutOptions) -> Result<PutResult> {
        Err(refused("writing"))
    }

    async fn put_multipart_opts(&self, _: &Path, _: PutMultipartOptions) -> Result<Box<dyn MultipartUpload>> {
        Err(refused("writing"))
    }

    fn delete_stream(&self, _: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        stream::once(async { Err(refused("deleting")) }).boxed()
    }

    async fn copy_opts(&self, _: &Path, _: &Path, _: CopyOptions) -> Result<()> {
        Err(refused("copying"))
    }
}

/// A store cuts a range off at the object's end. The engine asks only for what is there, so less means that the object
/// is not what it was.
fn whole_range(store: &dyn Store, key: &ObjectKey, range: Range<u64>) -> Result<Vec<u8>> {
    let wanted = range.end.saturating_sub(range.start);
    let bytes = store.open_range(key, range).map_err(failure)?;
    if bytes.len() as u64 == wanted {
        return Ok(bytes);
    }
    let source = format!("{key} became shorter while it was read; ask again").into();
    Err(Error::Generic { store: NAME, source })
}
