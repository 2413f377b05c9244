//! What happens to objects that break the rules of bronze, or are wrong as a whole.

use std::io::Read;

use leadlake_lake::ObjectError;
use leadlake_lake::key::ObjectKey;
use leadlake_lake::pass_on;
use leadlake_lake::store::{MemoryStore, Opened, Store, StoreError};
use leadlake_refine::RefusalCode;
use leadlake_tests::lakes::{RawObject, bronze, contracts, ingest, ingest_well, lake, made};

use crate::samples::{ARRIVED, webinar_line};

/// A store whose bronze objects are still being written when they are read.
struct Growing(MemoryStore);

impl Store for Growing {
    pass_on!(0: open_range head put put_if_absent read_versioned put_if_match writer delete delete_if_match list folders);

    fn open(&self, key: &ObjectKey) -> Result<Opened, StoreError> {
        let Opened { facts, body } = self.0.open(key)?;
        let more = webinar_line(7).into_bytes();
        Ok(Opened { facts, body: Box::new(body.chain(std::io::Cursor::new(more))) })
    }
}

fn webinar(bytes: impl Into<Vec<u8>>) -> RawObject {
    RawObject::new("bronze/webinar/2025/01/08/a.json", ARRIVED, bytes)
}

#[test]
fn an_object_that_grows_while_it_is_read_is_not_done() {
    let store = bronze(&[webinar(webinar_line(1) + "\n")]);
    let outcomes = ingest(&lake(Growing(store.clone())), contracts(), 1);
    let failed = outcomes.into_iter().next().unwrap().result.unwrap_err();
    assert!(matches!(failed, ObjectError::Changed { .. }), "{failed}");
    assert!(made(&store).is_empty(), "nothing of it is to be seen");
    assert_eq!(ingest_well(&lake(store), contracts(), 1).len(), 1);
}

/// The share at which a whole object is refused is passed with some good records, and with none.
#[test]
fn an_object_of_which_too_much_is_wrong_is_refused_whole_and_says_so() {
    for good in [0, 5] {
        let lines: Vec<String> = (0..25)
            .map(|number| if number < good { webinar_line(number) } else { "{}".to_owned() })
            .collect();
        let outcomes = ingest_well(&lake(bronze(&[webinar(lines.join("\n"))])), contracts(), 1);
        let entry = outcomes.into_iter().next().unwrap().result.unwrap();
        assert!(entry.refused_whole, "{good} good records");
        assert_eq!((entry.counts.input, entry.counts.accepted), (25, 0));
        let with_object = entry.counts.refused.get(&RefusalCode::OBJECT_REFUSED).copied().unwrap_or_default();
        assert_eq!(with_object, u64::from(good));
    }
}

/// However many broken records stand on one line, no byte is looked at again and again.
#[test]
fn broken_records_on_one_line_cost_linear_time() {
    let seconds = |records: usize| {
        let store = bronze(&[webinar("{x}".repeat(records))]);
        let begun = std::time::Instant::now();
        let outcomes = ingest_well(&lake(store), contracts(), 1);
        let entry = outcomes.into_iter().next().unwrap().result.unwrap();
        assert_eq!(entry.counts.input, records as u64);
        begun.elapsed().as_secs_f64()
    };
    let (few, many) = (seconds(100_000), seconds(800_000));
    // Eight times the records; quadratic work would take sixty-four times as long.
    assert!(many < few * 32.0, "{few:.2} s for 100,000 and {many:.2} s for 800,000");
}
