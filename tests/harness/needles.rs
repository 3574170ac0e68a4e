//! [`Needles`]: many values to search many texts for, in one pass. Letter case does not count.

use std::collections::{BTreeSet, HashMap};

/// Bytes by which a needle is recognised; none is shorter.
const HEAD: usize = 5;

/// What must not be found.
pub(crate) struct Needles {
    by_head: HashMap<[u8; HEAD], Vec<String>>,
    count: usize,
}

impl Needles {
    /// Searches for `values`, those of at least five bytes that are not one or two characters over and over.
    pub(crate) fn of(values: impl IntoIterator<Item = String>) -> Self {
        let values: BTreeSet<_> = values.into_iter().map(|value| value.trim().to_lowercase()).collect();
        let mut needles = Self { by_head: HashMap::new(), count: 0 };
        for value in values {
            let head = value.as_bytes().first_chunk::<HEAD>();
            let told = value.chars().collect::<BTreeSet<_>>().len() > 2;
            if let Some(head) = head.filter(|_| told) {
                needles.by_head.entry(*head).or_default().push(value);
                needles.count += 1;
            }
        }
        needles
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// The first that is in `text`: one of letters alone as a word, any other wherever it stands.
    pub(crate) fn find(&self, text: &str) -> Option<&str> {
        let text = text.to_lowercase();
        let edge = |at: usize| text.get(at..).is_none_or(|rest| !rest.starts_with(char::is_alphanumeric));
        let begins = |at: usize| text.get(..at).is_none_or(|before| !before.ends_with(char::is_alphanumeric));
        text.as_bytes().windows(HEAD).enumerate().find_map(|(at, window)| {
            let here = self.by_head.get(window)?.iter().filter(|needle| {
                let is_word = needle.chars().all(char::is_alphabetic);
                text.as_bytes()[at..].starts_with(needle.as_bytes())
                    && (!is_word || (begins(at) && edge(at + needle.len())))
            });
            here.map(String::as_str).next()
        })
    }
}
