//! [`Flag`]: the words that exports use for yes and no.
//!
//! Any other text is neither: that a cell is not empty never makes it a yes. What a yes means is the column's
//! business: `map` knows which columns say "do not contact", `normalize` what is left of it.

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
const YES: [&str; 9] = ["Y", "YES", "T", "TRUE", "1", "X", "ON", "OUI", "VRAI"];
/// Words for no.
const NO: [&str; 8] = ["N", "NO", "F", "FALSE", "0", "OFF", "NON", "FAUX"];
/// Words that carry their own polarity.
const OPT_IN: [&str; 4] = ["OPTIN", "OPTEDIN", "ALLOW", "ALLOWED"];
/// Their opposites: whatever a column asks, nobody who is sent these may be contacted.
const OPT_OUT: [&str; 14] = [
    "OPTOUT",
    "OPTEDOUT",
    "BLOCK",
    "BLOCKED",
    "STOP",
    "DNC",
    "DONOTCALL",
    "DONOTTEXT",
    "DONOTEMAIL",
    "DONOTMAIL",
    "DONOTCONTACT",
    "UNSUBSCRIBE",
    "UNSUBSCRIBED",
    "UNSUB",
];
/// Words for nothing.
const NOTHING: [&str; 5] = ["NONE", "NA", "NULL", "(NULL)", "(NONE)"];

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
        if is_nothing(text) {
            return Self::Blank;
        }
        // A sign makes a number of another meaning, which folding would hide.
        if text.contains(|c: char| c.is_ascii_digit()) && text.contains(['-', '+']) {
            return Self::Unknown;
        }
        let word = folded(text.strip_suffix(".0").unwrap_or(text));
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
        match folded(text).as_str() {
            "B" | "BUS" | "BUSINESS" | "COMPANY" | "CORP" | "CORPORATE" | "CORPORATION" | "COMMERCIAL" => {
                Self::Yes
            }
            "I" | "IND" | "INDIVIDUAL" | "P" | "PERSON" | "PERSONAL" | "CONSUMER" => Self::No,
            _ => Self::read(text),
        }
    }
}

/// Punctuation alone, or a word for nothing. A star is no filler: somebody has marked the cell, and nobody knows for what.
fn is_nothing(text: &str) -> bool {
    let filler = |c: char| c.is_whitespace() || c.is_control() || "-._?()/,;:'\"@".contains(c);
    text.chars().all(filler)
        || NOTHING.iter().any(|word| text.eq_ignore_ascii_case(word))
        || ["n/a", "n.a.", "\\N", "#n/a"].iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// Letters and digits in ASCII capitals; a letter of another script keeps the text from being one of the words.
fn folded(text: &str) -> String {
    let kept = text.chars().filter(|c| c.is_alphanumeric());
    kept.map(|c| c.to_ascii_uppercase()).collect()
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
