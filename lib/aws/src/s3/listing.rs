//! What lies in a folder, page by page.

use std::borrow::Cow;
use std::iter::Peekable;
use std::vec;

use aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Output;
use aws_sdk_s3::operation::list_objects_v2::builders::ListObjectsV2FluentBuilder;
use aws_sdk_s3::types::{EncodingType, Object};
use leadlake_lake::key::KeyError;
use leadlake_lake::store::{Foreign, Listing, ObjectFacts, StoreError, names_of_folders, prefix_of};
use percent_encoding::percent_decode_str;

use super::S3Store;
use super::facts::Answered;
use super::failure::Failure;
use crate::bridge::{Pending, Stopped};

type Item = Result<ObjectFacts, StoreError>;

pub(super) fn list<'s>(store: &'s S3Store, folder: &str) -> Result<Listing<'s>, StoreError> {
    let prefix = prefix_of(folder)?;
    let buckets = buckets_below(store, &prefix);
    let each = buckets.into_iter().map(|bucket| Pages::begin(store, bucket, &prefix).peekable());
    Ok(Box::new(Merged { listings: each.collect() }))
}

pub(super) fn folders(store: &S3Store, folder: &str) -> Result<Vec<String>, StoreError> {
    let prefix = prefix_of(folder)?;
    let mut names = Vec::new();
    for bucket in buckets_below(store, &prefix) {
        let below = format!("{}{prefix}", store.address.prefix());
        let request = request(store, &bucket, &below).delimiter("/");
        let found = store.wait(names_below(request, below));
        let found = found.map_err(|failure| failure.told("list", location(store, &bucket, &prefix)))?;
        names.extend(
            found.into_iter().filter(|name| store.address.bucket_of(&format!("{prefix}{name}")) == bucket),
        );
    }
    Ok(names_of_folders(&prefix, names))
}

/// The whole lake lies in all of its buckets, a folder in one.
fn buckets_below(store: &S3Store, prefix: &str) -> Vec<String> {
    match prefix {
        "" => store.address.buckets(),
        folder => vec![store.address.bucket_of(folder)],
    }
}

fn location(store: &S3Store, bucket: &str, prefix: &str) -> String {
    format!("s3://{bucket}/{}{prefix}", store.address.prefix())
}

/// Keys may hold characters that XML cannot.
fn request(store: &S3Store, bucket: &str, prefix: &str) -> ListObjectsV2FluentBuilder {
    store.client.list_objects_v2().bucket(bucket).prefix(prefix).encoding_type(EncodingType::Url)
}

async fn names_below(request: ListObjectsV2FluentBuilder, prefix: String) -> Result<Vec<String>, Failure> {
    let mut names = Vec::new();
    let mut token = None;
    loop {
        let page = request.clone().set_continuation_token(token).send().await.map_err(Failure::from)?;
        for common in page.common_prefixes() {
            let common = key_in(&page, common.prefix().unwrap_or_default());
            let name = common
                .ok()
                .and_then(|common| Some(common.strip_prefix(&prefix)?.strip_suffix('/')?.to_owned()));
            names.extend(name);
        }
        token = page.next_continuation_token().map(str::to_owned);
        if token.is_none() {
            return Ok(names);
        }
    }
}

/// The objects of one bucket. While one page is read, the next is fetched.
struct Pages<'s> {
    store: &'s S3Store,
    bucket: String,
    request: ListObjectsV2FluentBuilder,
    /// Where the listing is, for messages.
    location: String,
    page: vec::IntoIter<Item>,
    next: Option<Pending<Result<ListObjectsV2Output, Failure>>>,
}

impl<'s> Pages<'s> {
    fn begin(store: &'s S3Store, bucket: String, prefix: &str) -> Self {
        let request = request(store, &bucket, &format!("{}{prefix}", store.address.prefix()));
        let location = location(store, &bucket, prefix);
        let mut pages = Self { store, bucket, request, location, page: Vec::new().into_iter(), next: None };
        pages.fetch(None);
        pages
    }

    fn fetch(&mut self, token: Option<String>) {
        let request = self.request.clone().set_continuation_token(token);
        self.next = Some(self.store.begin(async move { request.send().await.map_err(Failure::from) }));
    }

    fn take(&mut self, page: &ListObjectsV2Output) {
        if let Some(token) = page.next_continuation_token() {
            self.fetch(Some(token.to_owned()));
        }
        let items = page.contents().iter().filter_map(|object| self.item(page, object));
        self.page = items.collect::<Vec<Item>>().into_iter();
    }

    fn item(&self, page: &ListObjectsV2Output, object: &Object) -> Option<Item> {
        let path = match key_in(page, object.key().unwrap_or_default()) {
            Ok(path) => path,
            Err(error) => return Some(Err(error.into())),
        };
        if path.ends_with('/') && object.size() == Some(0) {
            return None;
        }
        let Some(key) = self.store.address.key_at(&self.bucket, &path) else {
            let at = format!("s3://{}/{path}", self.bucket);
            return Some(Err(StoreError::Foreign { at, found: Foreign::OtherLayer }));
        };
        let facts = key.map_err(StoreError::from).and_then(|key| {
            let answered = Answered::of(object.size(), object.last_modified(), object.e_tag());
            let answered = answered.map_err(|failure| failure.told("list", self.store.uri(&key)))?;
            Ok(answered.facts(&key))
        });
        Some(facts)
    }
}

impl Iterator for Pages<'_> {
    type Item = Item;

    /// A page that cannot be had is told and is the end: what follows it is not known.
    fn next(&mut self) -> Option<Item> {
        loop {
            if let Some(item) = self.page.next() {
                return Some(item);
            }
            let page = self.next.take()?.wait();
            match page.unwrap_or_else(|stopped: Stopped| Err(stopped.into())) {
                Ok(page) => self.take(&page),
                Err(failure) => return Some(Err(failure.told("list", self.location.clone()))),
            }
        }
    }
}

/// Several listings as one, in the order of keys. Problems have none and come at once.
struct Merged<'s> {
    listings: Vec<Peekable<Pages<'s>>>,
}

impl Iterator for Merged<'_> {
    type Item = Item;

    fn next(&mut self) -> Option<Item> {
        let first = self.listings.iter_mut().enumerate().filter_map(|(position, listing)| {
            let key = listing.peek()?.as_ref().ok().map(|facts| facts.key.clone());
            Some((key, position))
        });
        let (_, position) = first.min()?;
        self.listings.get_mut(position)?.next()
    }
}

/// A key as it is.
fn key_in(page: &ListObjectsV2Output, written: &str) -> Result<String, KeyError> {
    if page.encoding_type() != Some(&EncodingType::Url) {
        return Ok(written.to_owned());
    }
    let spaced = written.replace('+', " ");
    let key = percent_decode_str(&spaced).decode_utf8();
    key.map(Cow::into_owned).map_err(|_| KeyError::NotUtf8 { key: written.to_owned() })
}
