//! Bodies that break.

use std::io::{self, Read};

use leadlake_lake::store::{Store, StoreError, Trouble};
use test_case::test_case;

use super::{Answer, Server, header, key, object};

fn megabytes() -> Vec<u8> {
    (0..3_000_000_u32).map(|at| (at.wrapping_mul(at) >> 9).to_le_bytes()[0]).collect()
}

fn read_all(server: &Server) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    server.store().open(&key("a")).unwrap().body.read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn trouble_of(error: &io::Error) -> Trouble {
    match StoreError::within(error) {
        Some(StoreError::Service { trouble, .. }) => *trouble,
        other => panic!("{other:?}"),
    }
}

/// Some that speak S3 answer a range with the whole object.
#[test_case(true; "by a server that knows ranges")]
#[test_case(false; "by a server that knows none")]
fn a_body_that_breaks_is_read_on(knows_ranges: bool) {
    let mut gets = 0;
    let server = Server::playing(move |request| {
        gets += 1;
        let bytes = megabytes();
        let Some(range) = header(request, "range") else {
            return object(Answer::new(200, bytes)).with("x-amz-version-id", "v7").cut_after(1_000_001);
        };
        assert_eq!(header(request, "if-match"), Some("\"0123\""));
        let start: usize = range.strip_prefix("bytes=").unwrap().strip_suffix('-').unwrap().parse().unwrap();
        assert!(start <= 1_000_001 || gets > 3, "{start}");
        let answer = match knows_ranges {
            true => Answer::new(206, &bytes[start..])
                .with("content-range", format!("bytes {start}-{}/{}", bytes.len() - 1, bytes.len())),
            false => Answer::new(200, bytes),
        };
        assert!(request.line.contains("versionId=v7"), "{}", request.line);
        object(answer).cut_after(if gets < 3 { 0 } else { usize::MAX })
    });
    assert!(read_all(&server).unwrap() == megabytes());
    assert_eq!(server.asked().len(), 3);
}

#[test]
fn what_was_replaced_meanwhile_is_not_read_on() {
    let server = Server::playing(|request| match header(request, "range") {
        None => object(Answer::new(200, megabytes())).cut_after(1_000),
        Some(_) => Answer::refused(412, "PreconditionFailed"),
    });
    let mut body = server.store().open(&key("a")).unwrap().body;
    let mut first = vec![0; 1_000];
    body.read_exact(&mut first).unwrap();
    for _ in 0..2 {
        let error = body.read(&mut first).unwrap_err();
        assert_eq!(trouble_of(&error), Trouble::Replaced, "a reader that goes on finds no end");
    }
}

#[test]
fn a_body_of_which_nothing_more_comes_is_given_up() {
    let server = Server::playing(|_| object(Answer::new(200, megabytes())).cut_after(0));
    let error = read_all(&server).unwrap_err();
    assert_eq!(trouble_of(&error), Trouble::Passing);
    assert!(error.to_string().starts_with("cannot read s3://lake/a: "), "{error}");
    assert_eq!(server.asked().len(), 5);
}

/// Nothing follows the last byte that could be asked for, and the reader must not take it for the end.
#[test]
fn a_body_that_does_not_fit_its_checksum_is_refused() {
    let server = Server::playing(|_| object(Answer::new(200, "{}")).with("x-amz-checksum-crc32", "AAAAAA=="));
    let error = read_all(&server).unwrap_err();
    assert!(error.to_string().contains("checksum"), "{error}");
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn a_small_object_is_read_anew_when_it_breaks() {
    let mut gets = 0;
    let server = Server::playing(move |_| {
        gets += 1;
        object(Answer::new(200, "0123456789")).cut_after(if gets == 1 { 5 } else { 10 })
    });
    let store = server.store();
    assert_eq!(store.read_versioned(&key("a")).unwrap().unwrap().bytes, b"0123456789");
    assert_eq!(store.open_range(&key("a"), 3..5).unwrap(), b"34");
    assert_eq!(server.asked().len(), 3);
}
