//! Writes whose answers are lost, and uploads that are given up.

use std::io::Write;

use leadlake_lake::store::{DeleteIfMatch, Put, PutIfMatch, Store, StoreError, Trouble, VersionToken};
use test_case::test_case;

use super::{Answer, Server, header, key, object};
use crate::s3::writer::SMALLEST_PART;

const MARK: &str = "x-amz-meta-leadlake-write";

/// What meets a conditional write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Written,
    WrittenAndLost,
    Lost,
    Conflict,
}

/// A bucket with one object, of which another's stands there if `taken`.
fn object_meets(taken: bool, fates: &'static [Fate]) -> Server {
    let mut fates = fates.iter();
    let mut there = taken.then(|| "another's".to_owned());
    Server::playing(move |request| {
        if request.line.starts_with("HEAD") {
            return match &there {
                Some(mark) => object(Answer::new(200, "")).with(MARK, mark),
                None => Answer::new(404, ""),
            };
        }
        let is_met = match header(request, "if-none-match") {
            Some(any) => any == "*" && there.is_none(),
            None => {
                assert_eq!(header(request, "if-match"), Some("\"0123\""));
                there.is_none()
            }
        };
        let fate = fates.next().unwrap();
        if !is_met && *fate != Fate::Lost {
            return Answer::refused(412, "PreconditionFailed");
        }
        let own = header(request, MARK).unwrap().to_owned();
        match fate {
            Fate::Written | Fate::WrittenAndLost => there = Some(own),
            Fate::Lost | Fate::Conflict => {}
        }
        match fate {
            Fate::Written => object(Answer::new(200, "")),
            Fate::WrittenAndLost | Fate::Lost => Answer::lost(),
            Fate::Conflict => Answer::refused(409, "ConditionalRequestConflict"),
        }
    })
}

fn put_if_absent(server: &Server) -> Result<Put, StoreError> {
    server.store().put_if_absent(&key("a"), b"{}")
}

fn put_if_match(server: &Server) -> Result<PutIfMatch, StoreError> {
    server.store().put_if_match(&key("a"), b"{}", &VersionToken::new("0123"))
}

#[test_case(false, &[Fate::Written], Put::Written, "P")]
#[test_case(false, &[Fate::Conflict, Fate::Conflict, Fate::Written], Put::Written, "PPP"; "others under way")]
#[test_case(false, &[Fate::WrittenAndLost, Fate::Written], Put::Written, "PPH"; "its own answer lost")]
#[test_case(false, &[Fate::Lost, Fate::Written], Put::Written, "PP"; "it never arrived")]
#[test_case(true, &[Fate::Written], Put::AlreadyThere, "P"; "there before")]
#[test_case(true, &[Fate::Lost, Fate::Written], Put::AlreadyThere, "PPH"; "there before and lost")]
fn one_writes_whatever_is_lost(taken: bool, fates: &'static [Fate], put: Put, asked: &str) {
    let server = object_meets(taken, fates);
    assert_eq!(put_if_absent(&server).unwrap(), put);
    let methods: String = server.asked().iter().filter_map(|line| line.chars().next()).collect();
    assert_eq!(methods, asked);
}

#[test]
fn what_is_replaced_is_known_whatever_is_lost() {
    let written = object_meets(false, &[Fate::Conflict, Fate::WrittenAndLost, Fate::Written]);
    assert_eq!(put_if_match(&written).unwrap(), PutIfMatch::Written);
    let changed = object_meets(true, &[Fate::Written]);
    assert_eq!(put_if_match(&changed).unwrap(), PutIfMatch::Changed);
    let gone = Server::playing(|_| Answer::refused(404, "NoSuchKey"));
    assert_eq!(put_if_match(&gone).unwrap(), PutIfMatch::Changed);

    let unknown = put_if_match(&object_meets(true, &[Fate::Lost, Fate::Written])).unwrap_err();
    assert!(matches!(unknown, StoreError::Service { trouble: Trouble::AnswerLost, .. }), "{unknown}");
}

#[test]
fn a_write_that_is_refused_is_not_tried_again() {
    let server = Server::playing(|_| Answer::refused(403, "AccessDenied"));
    put_if_absent(&server).unwrap_err();
    assert_eq!(server.asked().len(), 1);
}

/// An upload in which requests with `lost` in their line are done and not answered, and those with `refused` fail.
fn upload(lost: &'static str, refused: &'static str) -> Server {
    let mut mark = None;
    let mut is_complete = false;
    Server::playing(move |request| {
        let line = request.line.as_str();
        if !refused.is_empty() && line.contains(refused) {
            return Answer::refused(403, "AccessDenied");
        }
        if line.starts_with("HEAD") {
            let there = mark.clone().filter(|_| is_complete);
            return there
                .map_or(Answer::new(404, ""), |mark: String| object(Answer::new(200, "")).with(MARK, mark));
        }
        if line.contains("?uploads") {
            mark = header(request, MARK).map(str::to_owned);
            let id = "<InitiateMultipartUploadResult><UploadId>7</UploadId></InitiateMultipartUploadResult>";
            return Answer::new(200, id);
        }
        if line.contains("partNumber") {
            assert!(header(request, "x-amz-checksum-crc32").is_some() && !request.body.is_empty());
            return object(Answer::new(200, ""));
        }
        if line.starts_with("POST") {
            if is_complete {
                return Answer::refused(404, "NoSuchUpload");
            }
            is_complete = true;
            if lost == "POST" {
                return Answer::lost();
            }
            return Answer::new(
                200,
                "<CompleteMultipartUploadResult><ETag>\"1-2\"</ETag></CompleteMultipartUploadResult>",
            );
        }
        Answer::new(204, "")
    })
}

/// What was asked, without what only the SDK wants.
fn requests(server: &Server) -> Vec<String> {
    let plain = |line: &String| {
        let (what, query) = line.split_once('?').unwrap_or((line, ""));
        let named = query.split('&').filter(|name| !name.starts_with("x-id"));
        format!("{} {}", what.split(' ').next().unwrap(), named.collect::<Vec<_>>().join("&"))
    };
    server.asked().iter().map(plain).collect()
}

#[test]
fn a_large_object_goes_in_parts_and_a_small_one_at_once() {
    let server = upload("", "");
    let store = server.store();
    for size in [0, 3, SMALLEST_PART] {
        let mut writer = store.writer(&key("a")).unwrap();
        writer.write_all(&vec![0; size]).unwrap();
        writer.finish().unwrap();
    }
    assert_eq!(requests(&server), ["PUT "; 3]);

    let mut writer = store.writer(&key("a")).unwrap();
    writer.write_all(&vec![0; 2 * SMALLEST_PART + 1]).unwrap();
    writer.finish().unwrap();
    let parts = [1, 2, 3].map(|part| format!("PUT partNumber={part}&uploadId=7"));
    assert_eq!(requests(&server)[3], "POST uploads");
    assert_eq!(requests(&server)[4..7], parts);
    assert_eq!(requests(&server)[7..], ["POST uploadId=7"]);
}

#[test]
fn an_upload_whose_completion_is_not_answered_is_looked_for() {
    let server = upload("POST", "");
    let mut writer = server.store().writer(&key("a")).unwrap();
    writer.write_all(&vec![0; SMALLEST_PART + 1]).unwrap();
    writer.finish().unwrap();
    assert_eq!(requests(&server)[3..], ["POST uploadId=7", "POST uploadId=7", "HEAD "]);
}

#[test]
fn an_upload_that_is_given_up_is_aborted() {
    let server = upload("", "");
    let mut writer = server.store().writer(&key("a")).unwrap();
    writer.write_all(&vec![0; SMALLEST_PART + 1]).unwrap();
    drop(writer);
    assert_eq!(requests(&server), ["POST uploads", "PUT partNumber=1&uploadId=7", "DELETE uploadId=7"]);
}

#[test]
fn an_upload_with_a_refused_part_fails_and_is_aborted() {
    let server = upload("", "partNumber=2");
    let mut writer = server.store().writer(&key("a")).unwrap();
    let error = writer.write_all(&vec![0; 4 * SMALLEST_PART]).unwrap_err();
    let refused = StoreError::within(&error).unwrap();
    assert!(matches!(refused, StoreError::Service { trouble: Trouble::Denied, .. }), "{refused}");
    writer.write_all(b"more").unwrap_err();
    writer.finish().unwrap_err();
    assert_eq!(requests(&server).last().unwrap(), "DELETE uploadId=7");
    assert!(!requests(&server).contains(&"POST uploadId=7".to_owned()));
}

/// What is done in the end, and how often something was deleted without a condition.
#[test_case(204, "0123" => (DeleteIfMatch::Deleted, 0))]
#[test_case(412, "4567" => (DeleteIfMatch::Changed, 0))]
#[test_case(404, "" => (DeleteIfMatch::Changed, 0); "gone")]
#[test_case(501, "0123" => (DeleteIfMatch::Deleted, 1); "a store that knows no conditions")]
#[test_case(501, "4567" => (DeleteIfMatch::Changed, 0); "a store that knows none, and another object")]
fn only_what_was_seen_is_deleted(answers: u16, there: &'static str) -> (DeleteIfMatch, usize) {
    let deletions = std::sync::Arc::new(std::sync::Mutex::new(0));
    let counted = std::sync::Arc::clone(&deletions);
    let server = Server::playing(move |request| {
        if request.line.starts_with("HEAD") {
            let answer = Answer::new(200, "").with("etag", format!("\"{there}\""));
            return answer.with("last-modified", "Mon, 06 Jan 2025 09:00:00 GMT");
        }
        match header(request, "if-match") {
            Some("\"0123\"") if answers == 204 => Answer::new(204, ""),
            Some("\"0123\"") => Answer::refused(answers, "SomeCode"),
            _ => {
                *counted.lock().unwrap() += 1;
                Answer::new(204, "")
            }
        }
    });
    let ended = server.store().delete_if_match(&key("a"), &VersionToken::new("0123")).unwrap();
    (ended, *deletions.lock().unwrap())
}
