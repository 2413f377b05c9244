//! For stores of tests that do something of their own in one or two methods and nothing in the others.

/// Passes the named methods of [`Store`](crate::store::Store) on to the store in a field of this one.
#[macro_export]
macro_rules! pass_on {
    ($below:tt: $($method:ident)*) => { $( $crate::pass_on!(@$method $below); )* };
    (@open $below:tt) => {
        fn open(&self, key: &$crate::key::ObjectKey) -> Result<$crate::store::Opened, $crate::store::StoreError> {
            self.$below.open(key)
        }
    };
    (@open_range $below:tt) => {
        fn open_range(
            &self,
            key: &$crate::key::ObjectKey,
            range: std::ops::Range<u64>,
        ) -> Result<Vec<u8>, $crate::store::StoreError> {
            self.$below.open_range(key, range)
        }
    };
    (@head $below:tt) => {
        fn head(
            &self,
            key: &$crate::key::ObjectKey,
        ) -> Result<Option<$crate::store::ObjectFacts>, $crate::store::StoreError> {
            self.$below.head(key)
        }
    };
    (@put $below:tt) => {
        fn put(&self, key: &$crate::key::ObjectKey, bytes: &[u8]) -> Result<(), $crate::store::StoreError> {
            self.$below.put(key, bytes)
        }
    };
    (@put_if_absent $below:tt) => {
        fn put_if_absent(
            &self,
            key: &$crate::key::ObjectKey,
            bytes: &[u8],
        ) -> Result<$crate::store::Put, $crate::store::StoreError> {
            self.$below.put_if_absent(key, bytes)
        }
    };
    (@read_versioned $below:tt) => {
        fn read_versioned(
            &self,
            key: &$crate::key::ObjectKey,
        ) -> Result<Option<$crate::store::Versioned>, $crate::store::StoreError> {
            self.$below.read_versioned(key)
        }
    };
    (@put_if_match $below:tt) => {
        fn put_if_match(
            &self,
            key: &$crate::key::ObjectKey,
            bytes: &[u8],
            expected: &$crate::store::VersionToken,
        ) -> Result<$crate::store::PutIfMatch, $crate::store::StoreError> {
            self.$below.put_if_match(key, bytes, expected)
        }
    };
    (@writer $below:tt) => {
        fn writer(
            &self,
            key: &$crate::key::ObjectKey,
        ) -> Result<Box<dyn $crate::store::ObjectWriter>, $crate::store::StoreError> {
            self.$below.writer(key)
        }
    };
    (@delete $below:tt) => {
        fn delete(&self, key: &$crate::key::ObjectKey) -> Result<(), $crate::store::StoreError> {
            self.$below.delete(key)
        }
    };
    (@delete_if_match $below:tt) => {
        fn delete_if_match(
            &self,
            key: &$crate::key::ObjectKey,
            expected: &$crate::store::VersionToken,
        ) -> Result<$crate::store::DeleteIfMatch, $crate::store::StoreError> {
            self.$below.delete_if_match(key, expected)
        }
    };
    (@list $below:tt) => {
        fn list(&self, folder: &str) -> Result<$crate::store::Listing<'_>, $crate::store::StoreError> {
            self.$below.list(folder)
        }
    };
    (@folders $below:tt) => {
        fn folders(&self, folder: &str) -> Result<Vec<String>, $crate::store::StoreError> {
            self.$below.folders(folder)
        }
    };
}
