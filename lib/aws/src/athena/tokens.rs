//! SQL cut into its words, as far as it takes to tell names from texts and comments.

use super::error::PinError;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token<'s> {
    /// A keyword, or a name without quotes.
    Word(&'s str),
    /// A name, without its quotes and with quotes in it still doubled.
    Quoted(&'s str),
    Symbol(char),
    /// A text or a number.
    Literal,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place<'s> {
    pub token: Token<'s>,
    /// Where it begins in the query.
    pub start: usize,
}

impl Token<'_> {
    pub(super) fn is_keyword(self, keyword: &str) -> bool {
        matches!(self, Token::Word(word) if word.eq_ignore_ascii_case(keyword))
    }

    /// Names are the same in any case, in quotes too.
    pub(super) fn is_name(self, name: &str) -> bool {
        matches!(self, Token::Word(word) | Token::Quoted(word) if word.eq_ignore_ascii_case(name))
    }
}

/// All but space and comments.
pub(super) fn tokens(sql: &str) -> Result<Vec<Place<'_>>, PinError> {
    let mut tokens = Vec::new();
    let mut start = 0;
    while let Some(rest) = sql.get(start..)
        && let Some(first) = rest.chars().next()
    {
        let (length, token) = match first {
            _ if first.is_whitespace() => (first.len_utf8(), None),
            '-' if rest.starts_with("--") => (rest.find('\n').unwrap_or(rest.len()), None),
            '/' if rest.starts_with("/*") => (closed(rest, "/*", "*/")?, None),
            '\'' => (quoted(rest, '\'')?, Some(Token::Literal)),
            '"' => {
                let length = quoted(rest, '"')?;
                (length, Some(Token::Quoted(rest.get(1..length - 1).unwrap_or_default())))
            }
            _ if is_of_word(first) => {
                let length = rest.find(|letter| !is_of_word(letter)).unwrap_or(rest.len());
                let word = rest.get(..length).unwrap_or_default();
                (length, Some(if first.is_ascii_digit() { Token::Literal } else { Token::Word(word) }))
            }
            symbol => (symbol.len_utf8(), Some(Token::Symbol(symbol))),
        };
        tokens.extend(token.map(|token| Place { token, start }));
        start += length;
    }
    Ok(tokens)
}

fn is_of_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

fn closed(rest: &str, open: &str, close: &str) -> Result<usize, PinError> {
    let inside = rest.get(open.len()..).unwrap_or_default();
    let end = inside.find(close).ok_or(PinError::Unclosed)?;
    Ok(open.len() + end + close.len())
}

/// How long it is, with its quotes; one within is written twice.
fn quoted(rest: &str, quote: char) -> Result<usize, PinError> {
    let mut letters = rest.char_indices().skip(1).peekable();
    while let Some((at, letter)) = letters.next() {
        if letter != quote {
            continue;
        }
        if letters.next_if(|(_, next)| *next == quote).is_none() {
            return Ok(at + 1);
        }
    }
    Err(PinError::Unclosed)
}
