//! What counts of a text where it is compared, and which texts say nothing.
//!
//! For look-ups and comparison alone: nothing that is sent or shown goes through here. What a word means is for the rooms
//! that ask.

/// Letters and digits in lower case: `First Name`, `first_name ` and `FIRST-NAME` are one.
pub fn fold(text: &str) -> String {
    folded(text).collect()
}

/// [`fold`], letter by letter.
pub fn folded(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase)
}

/// Words in lower case with one space between them: what two spellings of a line share.
pub fn caseless(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// The letter in lower case, without the accent that one DMS writes and another does not.
pub fn unaccented(letter: char) -> impl Iterator<Item = char> {
    letter.to_lowercase().map(|lower| match lower {
        'à'..='å' | 'ā' | 'ă' | 'ą' => 'a',
        'ç' | 'ć' | 'č' => 'c',
        'è'..='ë' | 'ē' | 'ę' | 'ě' => 'e',
        'ì'..='ï' | 'ī' => 'i',
        'ñ' | 'ń' | 'ň' => 'n',
        'ò'..='ö' | 'ø' | 'ō' | 'ő' => 'o',
        'ù'..='ü' | 'ū' | 'ů' | 'ű' => 'u',
        'ý' | 'ÿ' => 'y',
        'š' | 'ś' => 's',
        'ž' | 'ź' | 'ż' => 'z',
        'ł' => 'l',
        other => other,
    })
}

/// Words for nothing, whatever the column. `NA` is none of them: it is a surname too.
const NOTHING: [&str; 8] = ["none", "n/a", "n.a.", "null", "(null)", "(none)", "\\N", "#n/a"];

/// Whether `text` says nothing in any column: blank, punctuation alone (`-`, `.`, `(   )   -`), or a word for nothing.
pub fn says_nothing(text: &str) -> bool {
    let text = text.trim();
    let filler = |c: char| c.is_whitespace() || c.is_control() || "-._*?()/,;:'\"@".contains(c);
    text.chars().all(filler) || NOTHING.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// Whether one character is repeated, as in `0000000000`: a filler, whatever number it stands for. So is none at all.
pub fn is_one_repeated(text: &[u8]) -> bool {
    text.iter().all(|byte| Some(byte) == text.first())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelling_does_not_count() {
        for name in ["First Name", "first_name ", "FIRST-NAME"] {
            assert_eq!(fold(name), "firstname");
        }
        assert_eq!(caseless("  12  MAIN\tSt "), "12 main st");
        assert_eq!("Éø9".chars().flat_map(unaccented).collect::<String>(), "eo9");
    }

    #[test]
    fn nothing_is_said_in_many_ways() {
        for text in
            ["", " ", "-", "--", ".", "NONE", "n/a", "N/A", "NULL", "(null)", "\\N", "(   )    -     "]
        {
            assert!(says_nothing(text), "{text:?}");
        }
        for text in ["NA", "0", "x", "nono", "-1"] {
            assert!(!says_nothing(text), "{text:?}");
        }
        assert!(is_one_repeated(b"111") && is_one_repeated(b"") && !is_one_repeated(b"1110"));
    }
}
