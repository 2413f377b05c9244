//! How far a broken record reaches.

/// What ends a broken record besides its closing bracket.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stops {
    /// Records of this object stand on lines of their own, so a newline ends one whatever it left open.
    pub at_newline: bool,
    pub in_array: bool,
    /// Where the record stopped being JSON. A line that opens an object at its first column from here on
    /// is taken for the next record.
    pub trouble_at: usize,
}

/// Counts brackets outside of text, resumable as bytes arrive.
pub(crate) struct BrokenExtent {
    stops: Stops,
    /// Of the bytes still held, how many were looked at.
    scanned: usize,
    forgotten: usize,
    depth: u32,
    in_text: bool,
    escaped: bool,
    after_newline: bool,
}

impl BrokenExtent {
    pub(crate) fn new(stops: Stops) -> Self {
        Self {
            stops,
            scanned: 0,
            forgotten: 0,
            depth: 0,
            in_text: false,
            escaped: false,
            after_newline: false,
        }
    }

    /// The record's length, as soon as `window` (its bytes from the first on) holds its end.
    pub(crate) fn scan(&mut self, window: &[u8]) -> Option<usize> {
        let fresh = window.get(self.scanned..).unwrap_or_default();
        for (position, byte) in fresh.iter().enumerate() {
            let position = self.scanned + position;
            if let Some(beyond) = self.ends_at(self.forgotten + position, *byte) {
                return Some(position + beyond);
            }
        }
        self.scanned = window.len();
        None
    }

    /// The window's bytes so far were thrown away.
    pub(crate) fn forget_scanned(&mut self) {
        self.forgotten += std::mem::take(&mut self.scanned);
    }

    /// Whether the record ends before this byte (0) or with it (1). The first byte always belongs to it: the
    /// reader passes over whatever would end a record before it begins.
    fn ends_at(&mut self, position: usize, byte: u8) -> Option<usize> {
        let opens_line = std::mem::replace(&mut self.after_newline, byte == b'\n');
        if byte == b'\n' {
            self.in_text = false;
            self.escaped = false;
            return (self.stops.at_newline || self.depth == 0).then_some(0);
        }
        if self.in_text {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => self.in_text = false,
                _ => {}
            }
            return None;
        }
        let behind_trouble = position >= self.stops.trouble_at;
        match byte {
            b'{' if opens_line && behind_trouble => return Some(0),
            b'"' => self.in_text = true,
            b'{' | b'[' => self.depth += 1,
            b']' if self.depth == 0 && self.stops.in_array => return Some(0),
            b'}' | b']' => {
                self.depth = self.depth.saturating_sub(1);
                if self.depth == 0 {
                    return Some(1);
                }
            }
            b',' if self.depth == 0 && self.stops.in_array => return Some(0),
            _ => {}
        }
        None
    }
}
