//! One pass over an object: checks RFC 8259 grammar and notes where each member lies.

/// Deeper nesting is refused. A bit per level tells objects from arrays, so that no input can exhaust the stack.
const DEEPEST: u32 = 64;

/// An object with more members is refused: no form has that many, and looking for repeated keys stays cheap.
const MOST_MEMBERS: usize = 1_000;

/// A stretch of a record's bytes. Records are far smaller than 4 GiB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    start: u32,
    end: u32,
}

impl Span {
    fn new(start: usize, end: usize) -> Self {
        let narrow = |position: usize| u32::try_from(position).unwrap_or(u32::MAX);
        Self { start: narrow(start), end: narrow(end) }
    }

    pub(crate) fn of(self, record: &str) -> &str {
        record.get(self.start as usize..self.end as usize).unwrap_or_default()
    }

    /// The same stretch with the quotes around it.
    pub(crate) fn quoted(self) -> Self {
        Self { start: self.start.saturating_sub(1), end: self.end.saturating_add(1) }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Null,
    True,
    False,
    Number,
    /// The span excludes the quotes.
    Text {
        escaped: bool,
    },
    /// An object or array.
    Nested,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Member {
    /// Without its quotes.
    pub key: Span,
    pub key_escaped: bool,
    pub value: Span,
    pub kind: Kind,
}

impl Member {
    /// The value as written, quotes included.
    pub(crate) fn written(self, record: &str) -> &str {
        match self.kind {
            Kind::Text { .. } => self.value.quoted().of(record),
            _ => self.value.of(record),
        }
    }
}

pub(crate) type Members = Vec<Member>;

/// Where and why a value is not JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Malformed {
    pub at: usize,
    pub trouble: Trouble,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The bytes end before the value does: with more bytes it may still be one.
    Ended,
    Expected(&'static str),
    TooDeep,
    TooManyMembers,
}

/// How much of the bytes the value took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Walked {
    pub length: usize,
    pub spans_lines: bool,
}

/// Walks the object that starts at the first byte; `members` is emptied and filled.
pub(crate) fn walk_object(bytes: &[u8], members: &mut Members) -> Result<Walked, Malformed> {
    members.clear();
    let mut cursor = Cursor { bytes, at: 0, spans_lines: false };
    cursor.object(members)?;
    Ok(Walked { length: cursor.at, spans_lines: cursor.spans_lines })
}

/// Walks any value.
pub(crate) fn walk_value(bytes: &[u8]) -> Result<Walked, Malformed> {
    let mut cursor = Cursor { bytes, at: 0, spans_lines: false };
    cursor.value()?;
    Ok(Walked { length: cursor.at, spans_lines: cursor.spans_lines })
}

struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
    spans_lines: bool,
}

impl Cursor<'_> {
    fn object(&mut self, members: &mut Members) -> Result<(), Malformed> {
        self.literal_byte(b'{', "an object")?;
        self.skip_whitespace();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(());
        }
        loop {
            if members.len() == MOST_MEMBERS {
                return Err(self.trouble(Trouble::TooManyMembers));
            }
            self.literal_byte(b'"', "a key in double quotes")?;
            let (key, key_escaped) = self.string_body()?;
            self.colon()?;
            let (value, kind) = self.value()?;
            members.push(Member { key, key_escaped, value, kind });
            self.skip_whitespace();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    return Ok(());
                }
                _ => return Err(self.expected("a comma or the end of the object")),
            }
            self.skip_whitespace();
        }
    }

    fn value(&mut self) -> Result<(Span, Kind), Malformed> {
        let start = self.at;
        let kind = match self.peek() {
            Some(b'"') => {
                self.at += 1;
                let (span, escaped) = self.string_body()?;
                return Ok((span, Kind::Text { escaped }));
            }
            Some(b'-' | b'0'..=b'9') => {
                self.number()?;
                Kind::Number
            }
            Some(b't') => self.word(b"true", Kind::True)?,
            Some(b'f') => self.word(b"false", Kind::False)?,
            Some(b'n') => self.word(b"null", Kind::Null)?,
            Some(b'{' | b'[') => {
                self.nested()?;
                Kind::Nested
            }
            _ => return Err(self.expected("a value")),
        };
        Ok((Span::new(start, self.at), kind))
    }

    /// An object or array below the top, checked without recursion.
    fn nested(&mut self) -> Result<(), Malformed> {
        // The lowest bit is the innermost level: 1 for an object, 0 for an array.
        let mut levels: u64 = 0;
        let mut depth: u32 = 0;
        loop {
            let opens_object = match self.peek() {
                Some(b'{') => Some(true),
                Some(b'[') => Some(false),
                _ => None,
            };
            if let Some(is_object) = opens_object {
                if depth == DEEPEST - 1 {
                    return Err(self.trouble(Trouble::TooDeep));
                }
                self.at += 1;
                depth += 1;
                levels = levels << 1 | u64::from(is_object);
                self.skip_whitespace();
                let closer = if is_object { b'}' } else { b']' };
                if self.peek() != Some(closer) {
                    if is_object {
                        self.nested_key()?;
                    }
                    continue;
                }
            } else {
                self.scalar()?;
            }
            // A value is complete here, or an empty container stands before its closer.
            loop {
                self.skip_whitespace();
                let is_object = levels & 1 == 1;
                match self.peek() {
                    Some(b',') => {
                        self.at += 1;
                        self.skip_whitespace();
                        if is_object {
                            self.nested_key()?;
                        }
                        break;
                    }
                    Some(b'}') if is_object => self.at += 1,
                    Some(b']') if !is_object => self.at += 1,
                    _ => return Err(self.expected("a comma or the end of the nested value")),
                }
                depth -= 1;
                levels >>= 1;
                if depth == 0 {
                    return Ok(());
                }
            }
        }
    }

    fn nested_key(&mut self) -> Result<(), Malformed> {
        self.literal_byte(b'"', "a key in double quotes")?;
        self.string_body()?;
        self.colon()
    }

    fn scalar(&mut self) -> Result<(), Malformed> {
        match self.peek() {
            Some(b'{' | b'[') => Err(self.expected("a value")),
            _ => self.value().map(|_| ()),
        }
    }

    fn colon(&mut self) -> Result<(), Malformed> {
        if self.peek() != Some(b':') {
            self.skip_whitespace();
        }
        self.literal_byte(b':', "a colon")?;
        self.skip_whitespace();
        Ok(())
    }

    fn word(&mut self, word: &'static [u8], kind: Kind) -> Result<Kind, Malformed> {
        for letter in word {
            self.literal_byte(*letter, "true, false or null")?;
        }
        Ok(kind)
    }

    fn number(&mut self) -> Result<(), Malformed> {
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        match self.peek() {
            Some(b'0') => self.at += 1,
            Some(b'1'..=b'9') => self.digits(),
            _ => return Err(self.expected("a digit")),
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.some_digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.some_digits()?;
        }
        Ok(())
    }

    fn some_digits(&mut self) -> Result<(), Malformed> {
        if !matches!(self.peek(), Some(b'0'..=b'9')) {
            return Err(self.expected("a digit"));
        }
        self.digits();
        Ok(())
    }

    fn digits(&mut self) {
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
    }

    /// After the opening quote; leaves the cursor behind the closing one.
    fn string_body(&mut self) -> Result<(Span, bool), Malformed> {
        let start = self.at;
        let mut escaped = false;
        loop {
            self.skip_plain_text();
            match self.peek() {
                Some(b'"') => {
                    let span = Span::new(start, self.at);
                    self.at += 1;
                    return Ok((span, escaped));
                }
                Some(b'\\') => {
                    escaped = true;
                    self.escape()?;
                }
                Some(b'\n') => return Err(self.expected("the closing quote on the same line")),
                Some(..0x20) => return Err(self.expected("no raw control character inside text")),
                Some(_) => self.at += 1,
                None => return Err(self.trouble(Trouble::Ended)),
            }
        }
    }

    /// Eight bytes at a time up to a quote, a backslash or a control character.
    fn skip_plain_text(&mut self) {
        while let Some(word) = self.bytes.get(self.at..).and_then(<[u8]>::first_chunk::<8>) {
            let special = first_special(u64::from_le_bytes(*word));
            self.at += special;
            if special < 8 {
                return;
            }
        }
    }

    fn escape(&mut self) -> Result<(), Malformed> {
        self.at += 1;
        match self.peek() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {
                self.at += 1;
                Ok(())
            }
            Some(b'u') => {
                self.at += 1;
                for _ in 0..4 {
                    if !self.peek().is_some_and(|byte| byte.is_ascii_hexdigit()) {
                        return Err(self.expected("four hexadecimal digits after \\u"));
                    }
                    self.at += 1;
                }
                Ok(())
            }
            _ => Err(self.expected("a known escape after the backslash")),
        }
    }

    fn literal_byte(&mut self, byte: u8, expected: &'static str) -> Result<(), Malformed> {
        if self.peek() != Some(byte) {
            return Err(self.expected(expected));
        }
        self.at += 1;
        Ok(())
    }

    fn skip_whitespace(&mut self) {
        loop {
            match self.peek() {
                Some(b' ' | b'\t' | b'\r') => self.at += 1,
                Some(b'\n') => {
                    self.spans_lines = true;
                    self.at += 1;
                }
                _ => return,
            }
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn expected(&self, what: &'static str) -> Malformed {
        match self.peek() {
            None => self.trouble(Trouble::Ended),
            Some(_) => self.trouble(Trouble::Expected(what)),
        }
    }

    fn trouble(&self, trouble: Trouble) -> Malformed {
        Malformed { at: self.at, trouble }
    }
}

/// The position (0 to 7) of the first quote, backslash or control character in eight bytes, or 8.
///
/// Each test is the well-known "has a zero byte" one. Its borrow can only spoil bytes above a real hit,
/// so the lowest hit is always right.
fn first_special(word: u64) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let zero_byte = |value: u64| value.wrapping_sub(ONES) & !value;
    let quote = zero_byte(word ^ (ONES * 0x22));
    let backslash = zero_byte(word ^ (ONES * 0x5c));
    let control = word.wrapping_sub(ONES * 0x20) & !word;
    let hits = (quote | backslash | control) & HIGH;
    (hits.trailing_zeros() / 8) as usize
}

#[cfg(test)]
#[path = "walk_tests.rs"]
mod tests;
