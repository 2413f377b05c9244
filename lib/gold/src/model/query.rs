//! A query with placeholders, cut into pieces once.

use super::error::ModelProblem;
use super::header::At;
use crate::engine::Asked;
use crate::literal;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Query {
    pieces: Vec<Piece>,
    /// Every word that stands in no text and no comment.
    words: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Placeholder(Placeholder),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Placeholder {
    AsOf,
    FromDay,
    ToDay,
}

impl Placeholder {
    fn named(name: &str) -> Option<Self> {
        match name {
            "as_of" => Some(Self::AsOf),
            "from_day" => Some(Self::FromDay),
            "to_day" => Some(Self::ToDay),
            _ => None,
        }
    }

    fn literal(self, asked: &Asked) -> String {
        match self {
            Self::AsOf => literal::timestamp(asked.as_of),
            Self::FromDay => literal::date(asked.from),
            Self::ToDay => literal::date(asked.to),
        }
    }
}

impl Query {
    /// `first_line` is where the text stands in its file.
    pub fn parse(text: &str, first_line: usize) -> At<Self> {
        let mut reader = Reader { rest: text.trim_end(), line: first_line, text: String::new() };
        let mut query = Self { pieces: Vec::new(), words: Vec::new() };
        while let Some(token) = reader.token()? {
            match token {
                Token::Word(word) => query.words.push(word.to_ascii_lowercase()),
                Token::Placeholder(placeholder) => query.placeholder(&mut reader, placeholder),
                Token::Other => {}
            }
        }
        query.pieces.push(Piece::Text(reader.text));
        match query.words.first().map(String::as_str) {
            Some("select" | "with") => Ok(query),
            Some(word) => Err((first_line, ModelProblem::NotAQuery { found: word.to_owned() })),
            None => Err((first_line, ModelProblem::NoQuery)),
        }
    }

    fn placeholder(&mut self, reader: &mut Reader<'_>, placeholder: Placeholder) {
        self.pieces.push(Piece::Text(std::mem::take(&mut reader.text)));
        self.pieces.push(Piece::Placeholder(placeholder));
    }

    pub fn render(&self, asked: &Asked) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Placeholder(placeholder) => placeholder.literal(asked),
        };
        self.pieces.iter().map(piece).collect()
    }

    pub fn names(&self, word: &str) -> bool {
        self.words.iter().any(|known| known == word)
    }

    pub fn asks_for(&self, placeholder: Placeholder) -> bool {
        self.pieces.contains(&Piece::Placeholder(placeholder))
    }
}

enum Token<'t> {
    Word(&'t str),
    Placeholder(Placeholder),
    Other,
}

struct Reader<'t> {
    rest: &'t str,
    line: usize,
    /// What was read since the last placeholder.
    text: String,
}

impl<'t> Reader<'t> {
    fn token(&mut self) -> At<Option<Token<'t>>> {
        let mut letters = self.rest.chars();
        let Some(first) = letters.next() else { return Ok(None) };
        let refused = |problem| Err((self.line, problem));
        match first {
            '\'' => self.enclosed(1, "a text", "'")?,
            '"' => self.enclosed(1, "a quoted name", "\"")?,
            '-' if self.rest.starts_with("--") => self.take(self.rest.find('\n').unwrap_or(self.rest.len())),
            '/' if self.rest.starts_with("/*") => self.enclosed(2, "a comment", "*/")?,
            ';' => return refused(ModelProblem::Semicolon),
            ':' if self.rest.starts_with("::") => return refused(ModelProblem::DoubleColon),
            ':' => {
                let name = word(letters.as_str());
                let Some(placeholder) = Placeholder::named(name) else {
                    return refused(ModelProblem::Placeholder { found: format!(":{name}") });
                };
                self.rest = letters.as_str().get(name.len()..).unwrap_or_default();
                return Ok(Some(Token::Placeholder(placeholder)));
            }
            letter if is_word(letter) => {
                let found = word(self.rest);
                self.take(found.len());
                return Ok(Some(Token::Word(found)));
            }
            other => self.take(other.len_utf8()),
        }
        Ok(Some(Token::Other))
    }

    /// A doubled quote ends one text and begins the next, which is as good as one text.
    fn enclosed(&mut self, opening: usize, what: &'static str, closing: &'static str) -> At<()> {
        let inside = self.rest.get(opening..).unwrap_or_default();
        let Some(end) = inside.find(closing) else {
            return Err((self.line, ModelProblem::Unclosed { what, closing }));
        };
        self.take(opening + end + closing.len());
        Ok(())
    }

    fn take(&mut self, bytes: usize) {
        let (taken, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        self.line += taken.matches('\n').count();
        self.text.push_str(taken);
        self.rest = rest;
    }
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

fn word(text: &str) -> &str {
    text.split(|letter| !is_word(letter)).next().unwrap_or_default()
}
