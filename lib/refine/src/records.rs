//! Where one record ends and the next begins, in lines, arrays, single and pretty-printed objects.
//!
//! A good record is found by walking it, in the same pass that notes its members. Only a broken one needs a guess
//! at its end, and the guess is made so that it takes as few good neighbours with it as possible.

use std::io::Read;

use memchr::memchr;

use crate::extent::{BrokenExtent, Stops};
use crate::input::{GROWTH_ALLOWED, GZIP, Input, InputError, ZSTD};
use crate::json::{Malformed, Members, Trouble, walk_object, walk_value};
use crate::refusal::RefusalCode;

const FIRST_BUFFER: usize = 256 * 1024;

/// What is kept of a record too large to be held. The ledger and quarantine say where the whole of it lies in bronze.
pub(crate) const KEPT_OF_TOO_LARGE: usize = 16 * 1024;

/// One record, or what stands where one should.
#[derive(Debug)]
pub(crate) struct Piece<'b> {
    pub bytes: &'b [u8],
    pub line: u64,
    /// Into the decompressed object.
    pub offset: u64,
    /// More than `bytes` holds, when the record was too large.
    pub length: u64,
    pub fault: Option<Fault>,
}

impl Piece<'_> {
    /// Whether `bytes` is only the beginning of the record.
    pub(crate) fn is_cut(&self) -> bool {
        self.length > self.bytes.len() as u64
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fault {
    pub code: RefusalCode,
    pub expected: &'static str,
    /// Into the record.
    pub at: usize,
}

pub(crate) struct Records<R: Read> {
    input: Input<R>,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// Of the byte at `start`.
    offset: u64,
    line: u64,
    ending: Ending,
    in_array: bool,
    shape: Shape,
    after_one_line_record: bool,
    /// What the last piece covered; it is passed over when the next one is asked for.
    last: Covered,
    kept: Vec<u8>,
    largest: usize,
    /// What the last search for a newline found out, as offsets into the object.
    newline_at: Option<u64>,
    no_newline_before: u64,
    begun: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    NotYet,
    Clean,
    /// Not yet told to the caller.
    Early(RefusalCode),
}

/// How the object's records lie, as far as seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Unknown,
    OwnLines,
    SpanningLines,
}

#[derive(Debug, Clone, Copy, Default)]
struct Covered {
    bytes: usize,
    newlines: u64,
}

/// A piece measured, before it is borrowed from the buffer.
struct Measured {
    covered: Covered,
    /// Passed over already, because it was too much to hold.
    discarded: u64,
    line: u64,
    offset: u64,
    fault: Option<Fault>,
}

impl<R: Read> Records<R> {
    pub(crate) fn new(input: Input<R>, largest: usize) -> Self {
        Self {
            input,
            buffer: vec![0; FIRST_BUFFER],
            start: 0,
            end: 0,
            offset: 0,
            line: 1,
            ending: Ending::NotYet,
            in_array: false,
            shape: Shape::Unknown,
            after_one_line_record: false,
            last: Covered::default(),
            kept: Vec::new(),
            largest,
            newline_at: None,
            no_newline_before: 0,
            begun: false,
        }
    }

    pub(crate) fn input(&self) -> &Input<R> {
        &self.input
    }

    /// The next piece. `members` holds its members when it has no fault.
    pub(crate) fn next(&mut self, members: &mut Members) -> Result<Option<Piece<'_>>, InputError> {
        let last = std::mem::take(&mut self.last);
        self.pass_over(last);
        let is_beginning = !std::mem::replace(&mut self.begun, true);
        let no_text = if is_beginning { self.no_text()? } else { None };
        let measured = if let Some((code, expected)) = no_text {
            self.rest_of_object(code, expected)?
        } else if let Some(first) = self.find_start()? {
            self.measure(first, members)?
        } else if let Some(fault) = self.closing_fault() {
            self.nothing_with(fault)
        } else {
            return Ok(None);
        };
        self.last = measured.covered;
        let bytes = if measured.discarded > 0 {
            self.kept.as_slice()
        } else {
            let whole = self.buffer.get(self.start..self.start + measured.covered.bytes).unwrap_or_default();
            let too_large = whole.len() > self.largest;
            if too_large { self.head_of(whole) } else { whole }
        };
        let covered = measured.discarded + measured.covered.bytes as u64;
        let is_whole = covered == bytes.len() as u64;
        let bytes = if is_whole { without_line_end(bytes) } else { bytes };
        Ok(Some(Piece {
            bytes,
            line: measured.line,
            offset: measured.offset,
            length: if is_whole { bytes.len() as u64 } else { covered },
            fault: measured.fault,
        }))
    }

    /// Passes over whatever separates records and returns the first byte of the next one.
    fn find_start(&mut self) -> Result<Option<u8>, InputError> {
        loop {
            let Some(byte) = self.window().first().copied() else {
                if !self.fill()? {
                    return Ok(None);
                }
                continue;
            };
            match byte {
                b'\n' => {
                    if std::mem::take(&mut self.after_one_line_record) {
                        self.shape = Shape::OwnLines;
                    }
                    self.pass_over(Covered { bytes: 1, newlines: 1 });
                }
                b' ' | b'\t' | b'\r' | b',' => self.pass_over(Covered { bytes: 1, newlines: 0 }),
                b'[' if !self.in_array => {
                    self.in_array = true;
                    self.pass_over(Covered { bytes: 1, newlines: 0 });
                }
                b']' if self.in_array => {
                    self.in_array = false;
                    self.pass_over(Covered { bytes: 1, newlines: 0 });
                }
                0xef if self.starts_with(b"\xef\xbb\xbf")? => {
                    self.pass_over(Covered { bytes: 3, newlines: 0 });
                }
                first => {
                    self.after_one_line_record = false;
                    return Ok(Some(first));
                }
            }
        }
    }

    fn measure(&mut self, first: u8, members: &mut Members) -> Result<Measured, InputError> {
        if first != b'{' {
            return self.measure_non_object();
        }
        loop {
            match walk_object(self.window(), members) {
                Ok(walked) if walked.length > self.largest => return self.measure_broken(self.too_large()),
                Ok(walked) => {
                    let newlines = if walked.spans_lines { self.newlines_in(walked.length) } else { 0 };
                    if walked.spans_lines {
                        self.shape = Shape::SpanningLines;
                    }
                    self.after_one_line_record = !walked.spans_lines;
                    return Ok(self.measured(Covered { bytes: walked.length, newlines }, None));
                }
                Err(malformed) if malformed.at > self.largest => {
                    return self.measure_broken(self.too_large());
                }
                Err(Malformed { trouble: Trouble::Ended, .. }) if self.fill()? => {}
                Err(malformed) => {
                    let fault = self.fault_of(malformed);
                    return self.measure_broken(fault);
                }
            }
        }
    }

    fn measure_non_object(&mut self) -> Result<Measured, InputError> {
        let not_json = Fault { code: RefusalCode::NOT_JSON, expected: "an object", at: 0 };
        let mut measured = self.measure_broken(not_json)?;
        let length = measured.discarded + measured.covered.bytes as u64;
        if length > self.largest as u64 {
            measured.fault = Some(self.too_large());
            return Ok(measured);
        }
        let whole = self.window().get(..measured.covered.bytes).unwrap_or_default().trim_ascii_end();
        if walk_value(whole).is_ok_and(|walked| walked.length == whole.len()) {
            measured.fault = Some(Fault { code: RefusalCode::NOT_AN_OBJECT, ..not_json });
        }
        Ok(measured)
    }

    fn measure_broken(&mut self, fault: Fault) -> Result<Measured, InputError> {
        let (line, offset) = (self.line, self.offset);
        let stops = self.stops(fault.at)?;
        let mut extent = BrokenExtent::new(stops);
        let mut discarded = 0;
        let length = loop {
            if let Some(length) = extent.scan(self.window()) {
                break length;
            }
            if self.window().len() > self.largest {
                if discarded == 0 {
                    self.kept = self.head_of(self.window()).to_vec();
                }
                let bytes = self.window().len();
                let newlines = self.newlines_in(bytes);
                self.pass_over(Covered { bytes, newlines });
                extent.forget_scanned();
                discarded += bytes as u64;
            }
            if !self.fill()? {
                break self.window().len();
            }
        };
        let covered = Covered { bytes: length, newlines: self.newlines_in(length) };
        let fault = self.name_the_ending(fault, length);
        Ok(Measured { covered, discarded, line, offset, fault: Some(fault) })
    }

    /// A record that runs into the object's end is refused for what ended it; one that was only left open is no JSON.
    fn name_the_ending(&mut self, fault: Fault, length: usize) -> Fault {
        if fault.code != RefusalCode::TRUNCATED {
            return fault;
        }
        if length < self.window().len() {
            return Fault { code: RefusalCode::NOT_JSON, ..fault };
        }
        self.in_array = false;
        match std::mem::replace(&mut self.ending, Ending::Clean) {
            Ending::Early(code) => Fault { code, expected: code_expects(code, fault.expected), ..fault },
            _ => fault,
        }
    }

    fn stops(&mut self, trouble_at: usize) -> Result<Stops, InputError> {
        let at_newline = match self.shape {
            Shape::OwnLines => true,
            Shape::SpanningLines => false,
            Shape::Unknown => self.first_line_length()? >= trouble_at,
        };
        Ok(Stops { at_newline, in_array: self.in_array, trouble_at })
    }

    /// Up to the first newline, looked for in no more than the largest record. No byte is searched twice, however many
    /// broken records stand on one line.
    fn first_line_length(&mut self) -> Result<usize, InputError> {
        loop {
            if let Some(length) = self.newline_at.and_then(|at| at.checked_sub(self.offset)) {
                return Ok(usize::try_from(length).unwrap_or(usize::MAX));
            }
            let searched = self.no_newline_before.saturating_sub(self.offset);
            let searched = usize::try_from(searched).unwrap_or(usize::MAX);
            let window = self.window();
            let looked_at = window.get(..self.largest).unwrap_or(window);
            let newline = looked_at.get(searched..).and_then(|fresh| memchr(b'\n', fresh));
            let looked_until = self.offset + looked_at.len() as u64;
            let is_too_long = window.len() > self.largest;
            if let Some(newline) = newline {
                self.newline_at = Some(self.offset + (searched + newline) as u64);
                continue;
            }
            self.no_newline_before = self.no_newline_before.max(looked_until);
            if is_too_long || !self.fill()? {
                return Ok(usize::MAX);
            }
        }
    }

    fn rest_of_object(&mut self, code: RefusalCode, expected: &'static str) -> Result<Measured, InputError> {
        let (line, offset) = (self.line, self.offset);
        while self.window().len() < KEPT_OF_TOO_LARGE && self.fill()? {}
        self.kept = self.head_of(self.window()).to_vec();
        let mut discarded = 0;
        loop {
            let bytes = self.window().len();
            self.pass_over(Covered { bytes, newlines: 0 });
            discarded += bytes as u64;
            if !self.fill()? {
                break;
            }
        }
        self.in_array = false;
        let fault = Some(Fault { code, expected, at: 0 });
        Ok(Measured { covered: Covered::default(), discarded, line, offset, fault })
    }

    /// What the object is where it is no text that could have records: UTF-16 and UTF-32 begin with a byte order mark, or with
    /// a NUL beside an ASCII character, and what was compressed twice is unpacked once only.
    fn no_text(&mut self) -> Result<Option<(RefusalCode, &'static str)>, InputError> {
        if self.starts_with(&GZIP)? || self.starts_with(&ZSTD)? {
            return Ok(Some((RefusalCode::COMPRESSED_TWICE, "records, compressed once at the most")));
        }
        let is_wide = matches!(
            self.window(),
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, b'{' | b'[' | 0, ..] | [b'{' | b'[', 0, ..]
        );
        Ok(is_wide.then_some((RefusalCode::UNSUPPORTED_ENCODING, "UTF-8 text")))
    }

    fn starts_with(&mut self, prefix: &[u8]) -> Result<bool, InputError> {
        while self.window().len() < prefix.len() && self.fill()? {}
        Ok(self.window().starts_with(prefix))
    }

    fn fault_of(&self, malformed: Malformed) -> Fault {
        let (code, expected) = match malformed.trouble {
            Trouble::Ended => (RefusalCode::TRUNCATED, "the rest of the record"),
            Trouble::Expected(expected) => (RefusalCode::NOT_JSON, expected),
            Trouble::TooDeep => (RefusalCode::TOO_DEEP, "at most 64 levels of nesting"),
            Trouble::TooManyMembers => (RefusalCode::TOO_MANY_FIELDS, "at most 1,000 fields"),
        };
        Fault { code, expected, at: malformed.at }
    }

    fn too_large(&self) -> Fault {
        Fault { code: RefusalCode::TOO_LARGE, expected: "a smaller record", at: self.largest }
    }

    fn closing_fault(&mut self) -> Option<Fault> {
        let code = match std::mem::replace(&mut self.ending, Ending::Clean) {
            Ending::Early(code) => code,
            _ if self.in_array => RefusalCode::UNTERMINATED_ARRAY,
            _ => return None,
        };
        self.in_array = false;
        Some(Fault { code, expected: code_expects(code, "a whole object"), at: 0 })
    }

    fn nothing_with(&self, fault: Fault) -> Measured {
        self.measured(Covered::default(), Some(fault))
    }

    fn measured(&self, covered: Covered, fault: Option<Fault>) -> Measured {
        Measured { covered, discarded: 0, line: self.line, offset: self.offset, fault }
    }

    /// What is kept of bytes that are too many; the same however they arrived.
    fn head_of<'b>(&self, bytes: &'b [u8]) -> &'b [u8] {
        bytes.get(..KEPT_OF_TOO_LARGE.min(self.largest)).unwrap_or(bytes)
    }

    fn window(&self) -> &[u8] {
        self.buffer.get(self.start..self.end).unwrap_or_default()
    }

    fn newlines_in(&self, length: usize) -> u64 {
        let bytes = self.window().get(..length).unwrap_or_default();
        memchr::memchr_iter(b'\n', bytes).count() as u64
    }

    fn pass_over(&mut self, covered: Covered) {
        self.start += covered.bytes;
        self.offset += covered.bytes as u64;
        self.line += covered.newlines;
    }

    /// Adds at least as many bytes as the window holds, so that walking a growing window again costs at most twice
    /// its length. False at the end.
    fn fill(&mut self) -> Result<bool, InputError> {
        if self.ending != Ending::NotYet {
            return Ok(false);
        }
        self.make_room();
        let held = self.window().len();
        loop {
            let free = self.buffer.get_mut(self.end..).unwrap_or_default();
            match self.input.read(free) {
                Ok(0) => {
                    self.ending = Ending::Clean;
                    break;
                }
                Ok(read) => self.end += read,
                Err(InputError::Damaged(_)) => {
                    self.ending = Ending::Early(RefusalCode::DAMAGED_OBJECT);
                    break;
                }
                Err(InputError::Bomb) => {
                    self.ending = Ending::Early(RefusalCode::EXPANDS_TOO_FAR);
                    break;
                }
                Err(source) => return Err(source),
            }
            if self.window().len() >= held * 2 || self.end == self.buffer.len() {
                break;
            }
        }
        Ok(self.window().len() > held)
    }

    /// Bytes are moved only when half of the buffer is done with, so that each is moved a bounded number of times.
    fn make_room(&mut self) {
        if self.end < self.buffer.len() {
            return;
        }
        if self.start >= self.buffer.len() / 2 {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        } else {
            self.buffer.resize(self.buffer.len() * 2, 0);
        }
    }
}

/// Where a limit was met, it is named.
fn code_expects(code: RefusalCode, otherwise: &'static str) -> &'static str {
    if code == RefusalCode::EXPANDS_TOO_FAR { GROWTH_ALLOWED } else { otherwise }
}

fn without_line_end(mut bytes: &[u8]) -> &[u8] {
    while let [rest @ .., b'\r' | b'\n'] = bytes {
        bytes = rest;
    }
    bytes
}

#[cfg(test)]
#[path = "records_tests.rs"]
mod tests;
