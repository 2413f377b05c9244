//! Writing one record's JSON into a buffer. Nothing here escapes: the world holds no text that needs it.

use crate::calendar::Moment;

/// One JSON object on one line.
pub(crate) struct Record<'a> {
    out: &'a mut Vec<u8>,
    start: usize,
}

impl<'a> Record<'a> {
    pub(crate) fn begin(out: &'a mut Vec<u8>) -> Self {
        let start = out.len();
        out.push(b'{');
        Self { out, start }
    }

    fn key(&mut self, key: &str) {
        if self.out.len() > self.start + 1 {
            self.out.push(b',');
        }
        self.out.push(b'"');
        self.out.extend_from_slice(key.as_bytes());
        self.out.extend_from_slice(b"\":");
    }

    /// A value that is JSON already.
    pub(crate) fn raw(&mut self, key: &str, json: &str) {
        self.key(key);
        self.out.extend_from_slice(json.as_bytes());
    }

    pub(crate) fn text(&mut self, key: &str, text: &str) {
        self.text_of(key, |out| out.extend_from_slice(text.as_bytes()));
    }

    /// A text that is put together in place.
    pub(crate) fn text_of(&mut self, key: &str, write: impl FnOnce(&mut Vec<u8>)) {
        self.key(key);
        self.out.push(b'"');
        write(self.out);
        self.out.push(b'"');
    }

    pub(crate) fn number(&mut self, key: &str, number: u64) {
        self.key(key);
        push_number(self.out, number);
    }

    /// An amount of rupees; whole ones without decimals.
    pub(crate) fn rupees(&mut self, key: &str, paise: u64) {
        self.key(key);
        push_number(self.out, paise / 100);
        if !paise.is_multiple_of(100) {
            self.out.push(b'.');
            push_padded(self.out, paise % 100, 2);
        }
    }

    pub(crate) fn end(self) {
        self.out.extend_from_slice(b"}\n");
    }

    /// Stops about `share` of the way through, in the middle of a text: wherever a reader looks for the next record, it
    /// finds this one unfinished.
    pub(crate) fn end_cut_off(self, share: f64) {
        let written = self.out.get(self.start..).unwrap_or_default();
        let aim = (written.len() as f64 * share) as usize;
        let kept = self.start + last_place_within_text(written, aim);
        self.out.truncate(kept);
        self.out.push(b'\n');
    }
}

/// The last length up to `aim` that ends inside a text and between two characters.
fn last_place_within_text(record: &[u8], aim: usize) -> usize {
    let mut within_text = false;
    let mut place = 2;
    for (length, byte) in record.iter().copied().enumerate() {
        if length > aim {
            break;
        }
        let continues_a_character = byte & 0b1100_0000 == 0b1000_0000;
        if within_text && !continues_a_character {
            place = length;
        }
        if byte == b'"' {
            within_text = !within_text;
        }
    }
    place
}

pub(crate) fn push_number(out: &mut Vec<u8>, number: u64) {
    let digits = number.checked_ilog10().unwrap_or(0) + 1;
    push_padded(out, number, digits);
}

/// With zeros in front up to this many digits.
pub(crate) fn push_padded(out: &mut Vec<u8>, number: u64, digits: u32) {
    for place in (0..digits).rev() {
        let digit = (number / 10u64.pow(place)) % 10;
        out.push(b'0' + digit as u8);
    }
}

/// `2025-01-01T10:15:30` without a zone.
pub(crate) fn push_date_and_time(out: &mut Vec<u8>, moment: Moment, second: u32) {
    push_padded(out, u64::from(moment.date.year().unsigned_abs()), 4);
    out.push(b'-');
    push_padded(out, u64::from(moment.date.month().unsigned_abs()), 2);
    out.push(b'-');
    push_padded(out, u64::from(moment.date.day().unsigned_abs()), 2);
    for (mark, part) in [(b'T', second / 3600), (b':', second / 60 % 60), (b':', second % 60)] {
        out.push(mark);
        push_padded(out, u64::from(part), 2);
    }
}
