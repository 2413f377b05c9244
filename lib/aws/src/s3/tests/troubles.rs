//! What is told of a request that fails, and how often it is tried.

use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_sdk_s3::config::SharedCredentialsProvider;
use leadlake_lake::store::{Store, StoreError, Trouble};
use test_case::test_case;

use super::{Answer, Server, key, object};

#[test_case(403, "AccessDenied", 1, false)]
#[test_case(404, "NoSuchBucket", 1, false)]
#[test_case(301, "PermanentRedirect", 1, false)]
#[test_case(400, "AuthorizationHeaderMalformed", 1, false)]
#[test_case(400, "InvalidArgument", 1, false)]
#[test_case(400, "RequestTimeout", 3, true)]
#[test_case(500, "InternalError", 3, true)]
#[test_case(503, "SlowDown", 3, true)]
fn a_refusal_is_told_in_words(status: u16, code: &'static str, tries: usize, is_transient: bool) {
    let server = Server::playing(move |_| Answer::refused(status, code));
    let store = server.store();
    let failure = store.put(&key("silver/crm/a.parquet"), b"contents").unwrap_err();
    assert_eq!(server.asked().len(), tries);
    assert_eq!(failure.is_transient(), is_transient);
    insta::assert_snapshot!(format!("{status}_{code}"), failure);
}

#[test]
fn a_server_that_is_not_there_is_told() {
    let server = Server::playing(|_| Answer::lost());
    let store = server.store();
    for failure in [
        store.head(&key("a")).unwrap_err(),
        store.delete(&key("a")).unwrap_err(),
        store.list("").unwrap().next().unwrap().unwrap_err(),
        store.folders("").unwrap_err(),
        store.open(&key("a")).map(drop).unwrap_err(),
    ] {
        assert!(failure.is_transient() && failure.to_string().contains("s3://lake/"), "{failure}");
    }
    assert_eq!(server.asked().len(), 15);
}

#[test]
fn overload_passes() {
    let mut tries = 0;
    let server = Server::playing(move |_| {
        tries += 1;
        if tries < 3 { Answer::refused(503, "SlowDown") } else { object(Answer::new(200, "")) }
    });
    server.store().put(&key("a"), b"{}").unwrap();
}

/// An empty answer of HEAD has no words.
#[test]
fn what_may_not_be_looked_at_is_not_absent() {
    let server = Server::playing(|_| Answer::new(403, ""));
    let failure = server.store().head(&key("a")).unwrap_err();
    assert!(failure.to_string().starts_with("cannot look at s3://lake/a: "), "{failure}");
    assert!(failure.to_string().contains("HTTP 403"), "{failure}");
}

/// A listing that breaks off must not look like one that ends.
#[test]
fn a_page_that_cannot_be_had_is_told() {
    let page = "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken>\
        <EncodingType>url</EncodingType><Contents><Key>a+b%2Bc%01</Key><Size>1</Size></Contents>\
        <Contents><Key>a+b%2Bc</Key><Size>1</Size><ETag>\"0\"</ETag>\
        <LastModified>2025-01-06T09:00:00.123Z</LastModified></Contents></ListBucketResult>";
    let server = Server::playing(move |request| match request.line.contains("continuation-token=t") {
        true => Answer::refused(403, "AccessDenied"),
        false => Answer::new(200, page),
    });
    let store = server.store();
    let mut listing = store.list("").unwrap();
    let stray = listing.next().unwrap().unwrap_err();
    assert!(stray.to_string().contains("control character"), "{stray}");
    let facts = listing.next().unwrap().unwrap();
    assert_eq!((facts.key.as_str(), facts.etag.as_str()), ("a b+c", "0"));
    assert_eq!(facts.modified, "2025-01-06T09:00:00Z".parse().unwrap());
    let broken = listing.next().unwrap().unwrap_err();
    assert!(broken.to_string().contains("AccessDenied"), "{broken}");
    assert!(listing.next().is_none());
}

#[test]
fn where_nobody_listens_nothing_is_written() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let store = Server::at(port).store();
    for failure in [store.put(&key("a"), b"").unwrap_err(), store.put_if_absent(&key("a"), b"").unwrap_err()]
    {
        assert!(matches!(failure, StoreError::Service { trouble: Trouble::Passing, .. }), "{failure}");
        assert!(failure.to_string().contains("refused"), "{failure}");
    }
}

#[test]
fn keys_that_are_not_there_are_told() {
    let http = aws_smithy_http_client::Builder::new().build_http();
    let way = ProviderConfig::without_region().with_http_client(http);
    let nobody = ProfileFileCredentialsProvider::builder().configure(&way).profile_name("leadlake-nobody");
    let server = Server::playing(|_| Answer::lost());
    let aws = server.aws_with(SharedCredentialsProvider::new(nobody.build()));
    let failure = aws.store(&"s3://lake".parse().unwrap()).put(&key("a"), b"").unwrap_err();
    assert!(matches!(failure, StoreError::Service { trouble: Trouble::NoCredentials, .. }), "{failure}");
    assert_eq!(server.asked().len(), 0);
}
