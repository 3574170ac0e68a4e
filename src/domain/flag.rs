//! [`Flag`]: the words that exports use for yes and no.
//!
//! Any other text is neither: that a cell is not empty never makes it a yes. What a yes means is the column's
//! business: `map` knows which columns say "do not contact", `normalize` what is left of it.

use super::text::{fold, says_nothing};

/// What the text of a flag says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flag {
    /// Yes, whatever was asked.
    Yes,
    /// No.
    No,
    /// "May contact", in so many words: a yes where that is asked, a no where the opposite is.
    OptIn,
    /// "Do not contact", in so many words.
    OptOut,
    /// Nothing.
    Blank,
    /// None of the known words.
    Unknown,
}

/// Words for yes, folded. A lone mark (`X`) in a column of flags is a yes; `1.0` is what spreadsheets make of 1.
const YES: [&str; 9] = ["y", "yes", "t", "true", "1", "x", "on", "oui", "vrai"];
/// Words for no.
const NO: [&str; 8] = ["n", "no", "f", "false", "0", "off", "non", "faux"];
/// Words that carry their own polarity.
const OPT_IN: [&str; 4] = ["optin", "optedin", "allow", "allowed"];
/// Their opposites: whatever a column asks, nobody who is sent these may be contacted.
const OPT_OUT: [&str; 14] = [
    "optout",
    "optedout",
    "block",
    "blocked",
    "stop",
    "dnc",
    "donotcall",
    "donottext",
    "donotemail",
    "donotmail",
    "donotcontact",
    "unsubscribe",
    "unsubscribed",
    "unsub",
];

impl Flag {
    /// What `text` says.
    pub fn read(text: &str) -> Self {
        let text = text.trim();
        match text {
            "" => return Self::Blank,
            // Databases of Microsoft write -1 for true.
            "Y" | "y" | "1" | "-1" | "-1.0" => return Self::Yes,
            "N" | "n" | "0" => return Self::No,
            _ => {}
        }
        // A star is no filler: somebody has marked the cell, and nobody knows for what.
        if (says_nothing(text) && !text.contains('*')) || text.eq_ignore_ascii_case("na") {
            return Self::Blank;
        }
        // A sign makes a number of another meaning, which folding would hide.
        if text.contains(|c: char| c.is_ascii_digit()) && text.contains(['-', '+']) {
            return Self::Unknown;
        }
        let word = fold(text.strip_suffix(".0").unwrap_or(text));
        let is_one_of = |words: &[&str]| words.contains(&word.as_str());
        match () {
            () if is_one_of(&YES) => Self::Yes,
            () if is_one_of(&NO) => Self::No,
            () if is_one_of(&OPT_IN) => Self::OptIn,
            () if is_one_of(&OPT_OUT) => Self::OptOut,
            () => Self::Unknown,
        }
    }
}

impl Flag {
    /// What the flag of a business says: also the letters and words of an "individual or business" column.
    pub fn of_business(text: &str) -> Self {
        match fold(text).as_str() {
            "b" | "bus" | "business" | "company" | "corp" | "corporate" | "corporation" | "commercial" => {
                Self::Yes
            }
            "i" | "ind" | "individual" | "p" | "person" | "personal" | "consumer" => Self::No,
            _ => Self::read(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Flag;

    #[test]
    fn only_known_words_say_something() {
        for (flag, words) in [
            (
                Flag::Yes,
                &["Y", "y", "1", "T", "True", "yes", "X", "x", "Oui", " Y ", "1.0", "on", "-1", "-1.0"][..],
            ),
            (Flag::No, &["N", "n", "0", "F", "False", "no", "NON", "0.0", "off"]),
            (Flag::OptIn, &["Opt-In", "opted in", "allow", "Allowed"]),
            (
                Flag::OptOut,
                &[
                    "opt out",
                    "OPTOUT",
                    "Opted-Out",
                    "Block",
                    "BLOCKED",
                    "STOP",
                    "stop.",
                    "DNC",
                    "D.N.C.",
                    "Do Not Call",
                    "do not text",
                    "DO_NOT_EMAIL",
                    "Do not mail",
                    "DO NOT CONTACT",
                    "Unsubscribe",
                    "unsubscribed",
                ],
            ),
            (Flag::Blank, &["", "  ", "N/A", "NA", "-", "NULL", "none", "(null)"]),
            (
                Flag::Unknown,
                &[
                    "maybe",
                    "2",
                    "-2",
                    "1-",
                    "B",
                    "YY",
                    "*",
                    "**",
                    "stopped by",
                    "call",
                    "U",
                    "Y N",
                    "10",
                    "yes please",
                    "08/14/2026",
                    "日",
                    "Yé",
                ],
            ),
        ] {
            for word in words {
                assert_eq!(Flag::read(word), flag, "{word:?}");
            }
        }
    }
}
