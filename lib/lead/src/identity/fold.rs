//! Names and places as they sound, so that scripts and spellings meet: अमित and Amit, Shreya and Sreeya, Banglore and Bangalore.

/// Small Latin letters and digits, and a space between words.
pub(super) fn latin(text: &str) -> String {
    let mut latin = String::with_capacity(text.len());
    let mut devanagari = Devanagari::default();
    for character in text.chars() {
        if devanagari.push(character, &mut latin) {
            continue;
        }
        devanagari.end_of_word(&mut latin);
        if character.is_ascii() {
            push_plain(character, &mut latin);
        } else {
            any_ascii::any_ascii_char(character).chars().for_each(|letter| push_plain(letter, &mut latin));
        }
    }
    devanagari.end_of_word(&mut latin);
    latin.truncate(latin.trim_end().len());
    latin
}

fn push_plain(character: char, latin: &mut String) {
    if character.is_ascii_alphanumeric() {
        latin.push(character.to_ascii_lowercase());
    } else if character != '\'' && !latin.is_empty() && !latin.ends_with(' ') {
        latin.push(' ');
    }
}

/// Reads Devanagari with the vowel that each consonant carries unless something takes it away. The general tables know
/// neither that vowel nor its absence.
#[derive(Default)]
struct Devanagari {
    owes_vowel: bool,
    after_virama: bool,
    in_cluster: bool,
    after_nasal_dot: bool,
}

impl Devanagari {
    fn push(&mut self, character: char, latin: &mut String) -> bool {
        if let Some(consonant) = consonant(character) {
            self.pay_vowel(latin);
            // The nasal dot sounds as the lips are for what follows: Mumbai, but Nandini.
            if std::mem::take(&mut self.after_nasal_dot) && consonant.starts_with(['p', 'b', 'm']) {
                latin.pop();
                latin.push('m');
            }
            latin.push_str(consonant);
            self.owes_vowel = true;
            self.in_cluster = self.after_virama;
            self.after_virama = false;
            return true;
        }
        if let Some(vowel) = vowel_sign(character) {
            self.owes_vowel = false;
            self.after_virama = false;
            latin.push_str(vowel);
            return true;
        }
        match character {
            '\u{94d}' => {
                self.owes_vowel = false;
                self.after_virama = true;
            }
            '\u{93c}' => self.dotted(latin),
            '\u{901}' | '\u{902}' => {
                self.pay_vowel(latin);
                latin.push('n');
                self.after_nasal_dot = true;
            }
            '\u{903}' => self.pay_vowel(latin),
            _ => {
                let Some(vowel) = vowel(character) else { return false };
                self.pay_vowel(latin);
                latin.push_str(vowel);
            }
        }
        true
    }

    fn pay_vowel(&mut self, latin: &mut String) {
        if std::mem::take(&mut self.owes_vowel) {
            latin.push('a');
        }
    }

    /// The dot below turns a letter into a sound that Hindi borrowed.
    fn dotted(&self, latin: &mut String) {
        for (plain, dotted) in [("ph", "f"), ("dh", "rh"), ("d", "r"), ("j", "z")] {
            if latin.ends_with(plain) {
                latin.truncate(latin.len() - plain.len());
                latin.push_str(dotted);
                return;
            }
        }
    }

    /// The last consonant keeps its vowel after another consonant only: Amit, but Aditya.
    fn end_of_word(&mut self, latin: &mut String) {
        if self.owes_vowel && self.in_cluster {
            latin.push('a');
        }
        *self = Self::default();
    }
}

fn consonant(character: char) -> Option<&'static str> {
    Some(match character {
        'क' => "k",
        'ख' => "kh",
        'ग' => "g",
        'घ' => "gh",
        'ङ' | 'ञ' | 'ण' | 'न' => "n",
        'च' => "ch",
        'छ' => "chh",
        'ज' => "j",
        'झ' => "jh",
        'ट' | 'त' => "t",
        'ठ' | 'थ' => "th",
        'ड' | 'द' => "d",
        'ढ' | 'ध' => "dh",
        'प' => "p",
        'फ' => "ph",
        'ब' => "b",
        'भ' => "bh",
        'म' => "m",
        'य' => "y",
        'र' => "r",
        'ल' | 'ळ' => "l",
        'व' => "v",
        'श' | 'ष' => "sh",
        'स' => "s",
        'ह' => "h",
        // One character each, where others are a letter and a dot.
        '\u{95e}' => "f",
        '\u{95c}' => "r",
        '\u{95d}' => "rh",
        '\u{95b}' => "z",
        '\u{958}' => "k",
        '\u{959}' => "kh",
        '\u{95a}' => "g",
        _ => return None,
    })
}

fn vowel_sign(character: char) -> Option<&'static str> {
    Some(match character {
        'ा' => "aa",
        'ि' => "i",
        'ी' => "ii",
        'ु' => "u",
        'ू' => "uu",
        'ृ' => "ri",
        'े' | 'ॅ' => "e",
        'ै' => "ai",
        'ो' | 'ॉ' => "o",
        'ौ' => "au",
        _ => return None,
    })
}

fn vowel(character: char) -> Option<&'static str> {
    Some(match character {
        'अ' => "a",
        'आ' => "aa",
        'इ' => "i",
        'ई' => "ii",
        'उ' => "u",
        'ऊ' => "uu",
        'ऋ' => "ri",
        'ए' | 'ऍ' => "e",
        'ऐ' => "ai",
        'ओ' | 'ऑ' => "o",
        'औ' => "au",
        _ => return None,
    })
}

/// Adds how one Latin word sounds: `a` only where it begins the word, two other vowels (i for e, u for o), no aspiration, no
/// doubled letter. Words that begin alike stay apart where their consonants differ.
pub(super) fn push_sound(word: &str, sound: &mut String) {
    let letters = word.as_bytes();
    let start = sound.len();
    let mut place = 0;
    while let Some(letter) = letters.get(place).copied() {
        let rest = letters.get(place..).unwrap_or_default();
        let before = place.checked_sub(1).and_then(|before| letters.get(before)).copied();
        let (heard, length) = hear(letter, rest, before);
        for one in heard.chars() {
            // A doubled letter is written together; `nan` in Ananya is none.
            let doubled =
                sound.len() > start && sound.ends_with(one) && before.is_some_and(|b| is_same_sound(b, one));
            if !doubled {
                sound.push(one);
            }
        }
        place += length;
    }
    // Iyer, Ayyar and Aiyar.
    if sound.get(start..).is_some_and(|heard| heard.starts_with("ai")) {
        sound.remove(start);
    }
}

fn is_same_sound(before: u8, heard: char) -> bool {
    match heard {
        'i' => matches!(before, b'e' | b'i' | b'y'),
        'u' => matches!(before, b'o' | b'u'),
        _ => !is_vowel(before),
    }
}

/// What the first letters sound like, and how many they are.
fn hear(letter: u8, rest: &[u8], before: Option<u8>) -> (&'static str, usize) {
    let next = rest.get(1).copied();
    let ends_with = |word: &[u8]| rest == word;
    let before_vowel = next.is_some_and(is_vowel);
    let after_vowel = before.is_some_and(is_vowel);
    match letter {
        // Rao and राव.
        b'a' if ends_with(b"ao") => ("v", 2),
        b'a' if before.is_none() => ("a", 1),
        b'a' => ("", 1),
        // Verma, Varma and वर्मा.
        b'e' if next == Some(b'r')
            && before.is_some()
            && !rest.get(2).is_some_and(|after| is_vowel(*after)) =>
        {
            ("", 1)
        }
        b'e' if rest == b"e" && before.is_some_and(|b| !is_vowel(b)) => ("i", 1),
        b'e' | b'i' => ("i", 1),
        // Menon and मेनन.
        b'o' if ends_with(b"on") && before.is_some() => ("", 1),
        b'o' | b'u' => ("u", 1),
        b'y' if before_vowel && !after_vowel => ("y", 1),
        b'y' => ("i", 1),
        b'n' if ends_with(b"ngh") || ends_with(b"nh") || ends_with(b"ng") => ("ng", rest.len()),
        b'h' if before_vowel && (before.is_none() || after_vowel || before == Some(b'n')) => ("h", 1),
        b'h' if after_vowel && next.is_some_and(|next| next != b'n') => ("h", 1),
        b'h' => ("", 1),
        b'p' if next == Some(b'h') => ("f", 2),
        b'c' if next == Some(b'h') => ("c", 2),
        b'c' if next == Some(b'k') => ("k", 2),
        b'c' if matches!(next, Some(b'e' | b'i' | b'y')) => ("s", 1),
        b'c' | b'q' | b'k' => ("k", 1),
        b'x' => ("ks", 1),
        b's' if next == Some(b'h') => ("s", 2),
        b's' => ("s", 1),
        b'z' | b'j' => ("j", 1),
        b'w' | b'v' => ("v", 1),
        b'b' => ("b", 1),
        b'd' => ("d", 1),
        b'f' => ("f", 1),
        b'g' => ("g", 1),
        b'l' => ("l", 1),
        b'm' => ("m", 1),
        b'n' => ("n", 1),
        b'p' => ("p", 1),
        b'r' => ("r", 1),
        b't' => ("t", 1),
        b'0' => ("0", 1),
        b'1' => ("1", 1),
        b'2' => ("2", 1),
        b'3' => ("3", 1),
        b'4' => ("4", 1),
        b'5' => ("5", 1),
        b'6' => ("6", 1),
        b'7' => ("7", 1),
        b'8' => ("8", 1),
        b'9' => ("9", 1),
        _ => ("", 1),
    }
}

fn is_vowel(letter: u8) -> bool {
    matches!(letter, b'a' | b'e' | b'i' | b'o' | b'u' | b'y')
}
