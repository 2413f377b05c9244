//! What happens on the wire, and what a store makes of it.

mod reading;
mod server;
mod troubles;
mod writing;

use leadlake_lake::key::ObjectKey;

use server::{Answer, Request, Server};

fn key(name: &str) -> ObjectKey {
    ObjectKey::new(name).unwrap()
}

/// What S3 says of every object.
fn object(answer: Answer) -> Answer {
    answer.with("etag", "\"0123\"").with("last-modified", "Mon, 06 Jan 2025 09:00:00 GMT")
}

fn header<'r>(request: &'r Request, name: &str) -> Option<&'r str> {
    request.headers.get(name).map(String::as_str)
}
