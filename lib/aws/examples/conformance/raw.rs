//! S3 as others use it, who do not keep to the rules of a lake.

use aws_config::BehaviorVersion;
use aws_sdk_s3::Client;
use aws_sdk_s3::types::{BucketVersioningStatus, VersioningConfiguration};
use tokio::runtime::Runtime;

pub struct RawS3 {
    runtime: Runtime,
    client: Client,
}

impl RawS3 {
    pub fn connect() -> Self {
        let runtime = Runtime::new().unwrap();
        let http = aws_smithy_http_client::Builder::new().build_http();
        let loading = aws_config::defaults(BehaviorVersion::v2026_01_12()).http_client(http).load();
        let config = aws_sdk_s3::config::Builder::from(&runtime.block_on(loading)).force_path_style(true);
        Self { runtime, client: Client::from_conf(config.build()) }
    }

    pub fn make_bucket(&self, bucket: &str) {
        let head = self.client.head_bucket().bucket(bucket).send();
        if self.runtime.block_on(head).is_err() {
            self.runtime.block_on(self.client.create_bucket().bucket(bucket).send()).unwrap();
        }
    }

    pub fn keep_versions(&self, bucket: &str) {
        let enabled = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
        let put = self.client.put_bucket_versioning().bucket(bucket).versioning_configuration(enabled);
        self.runtime.block_on(put.send()).unwrap();
    }

    /// The version that was written, where the bucket keeps versions.
    pub fn put(&self, bucket: &str, key: &str, bytes: &[u8]) -> Option<String> {
        let put = self.client.put_object().bucket(bucket).key(key).body(bytes.to_vec().into());
        self.runtime.block_on(put.send()).unwrap().version_id
    }

    pub fn unfinished_uploads(&self, bucket: &str) -> usize {
        let list = self.client.list_multipart_uploads().bucket(bucket);
        self.runtime.block_on(list.send()).unwrap().uploads().len()
    }
}
