//! The fast path: the shapes that nearly every phone cell has, read byte by byte without allocation.
//!
//! Ten digits, or eleven that begin with 1, a plus before the eleven, the usual punctuation anywhere, an
//! extension at the end. Whether such a number exists is for the other files to say.

/// Whether a number comes with an extension that somebody answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extension {
    /// None, or one of zeros.
    None,
    /// One.
    Some,
}

/// The digits of a text in a plain shape.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plain {
    digits: [u8; 11],
    count: usize,
    plus: bool,
    pub(super) extension: Extension,
}

impl Plain {
    /// The digits as ASCII.
    pub(super) fn digits(&self) -> &[u8] {
        &self.digits[..self.count]
    }

    /// The ten national digits; `None` where there are not as many, or another country's code leads.
    pub(super) fn national(&self) -> Option<[u8; 10]> {
        let digits = match (self.count, self.plus, self.digits[0]) {
            (10, false, _) => &self.digits[..10],
            (11, _, b'1') => &self.digits[1..],
            _ => return None,
        };
        digits.try_into().ok()
    }

    /// Fewer digits than any number has, and no plus that could make them another country's.
    pub(super) fn is_short(&self) -> bool {
        self.count < 10 && !self.plus
    }
}

/// What a byte is in a phone number.
#[derive(Clone, Copy)]
enum Class {
    Digit,
    Punctuation,
    Plus,
    Marker,
    Other,
}

static CLASSES: [Class; 256] = classes();

const fn classes() -> [Class; 256] {
    let mut classes = [Class::Other; 256];
    let mut digit = b'0';
    while digit <= b'9' {
        classes[digit as usize] = Class::Digit;
        digit += 1;
    }
    let punctuation = b" -.()";
    let mut at = 0;
    while at < punctuation.len() {
        classes[punctuation[at] as usize] = Class::Punctuation;
        at += 1;
    }
    classes[b'+' as usize] = Class::Plus;
    let markers = b"xXeEpP#";
    at = 0;
    while at < markers.len() {
        classes[markers[at] as usize] = Class::Marker;
        at += 1;
    }
    classes
}

/// The digits of `text`, trimmed; `None` where it is in no plain shape.
pub(super) fn scan(text: &[u8]) -> Option<Plain> {
    let mut plain = Plain { digits: [0; 11], count: 0, plus: false, extension: Extension::None };
    for (at, &b) in text.iter().enumerate() {
        match CLASSES[usize::from(b)] {
            Class::Digit => {
                *plain.digits.get_mut(plain.count)? = b;
                plain.count += 1;
            }
            Class::Punctuation => {}
            Class::Plus if at == 0 => plain.plus = true,
            Class::Marker if plain.national().is_some() => {
                plain.extension = extension(&text[at..])?;
                return Some(plain);
            }
            Class::Plus | Class::Marker | Class::Other => return None,
        }
    }
    (plain.count > 0).then_some(plain)
}

/// Reads `x123`, `ext 5`, `ext. 5`, `extension: 12`, `poste 31`, `#5`, with nothing behind it; `None` for any other text.
pub(super) fn extension(text: &[u8]) -> Option<Extension> {
    // A lone hash ends what was keyed in; it announces nothing.
    if text == b"#" {
        return None;
    }
    let after = |word: &[u8]| {
        let (head, tail) = text.split_at_checked(word.len())?;
        head.eq_ignore_ascii_case(word).then_some(tail)
    };
    // Longest first: the shorter words begin the longer ones.
    let words: [&[u8]; 6] = [b"extension", b"poste", b"extn", b"ext", b"x", b"#"];
    let rest = words.into_iter().find_map(after)?;
    let rest = rest.strip_prefix(b":").or_else(|| rest.strip_prefix(b".")).unwrap_or(rest);
    let digits = rest.trim_ascii();
    let legal = digits.len() <= 7 && digits.iter().all(u8::is_ascii_digit);
    let answered = digits.iter().any(|d| *d != b'0');
    legal.then_some(if answered { Extension::Some } else { Extension::None })
}
