//! [`nearest`]: which column, or key, somebody may have meant. What counts of a name is [`fold`]'s to say.

pub(super) use crate::domain::text::fold;

/// How alike names must be to be taken for one another.
const ALIKE: f64 = 0.8;

/// The candidate that is most like `wanted`, where one is near enough to be meant.
pub(super) fn nearest<'a>(wanted: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let scored = candidates.into_iter().map(|candidate| (likeness(wanted, candidate), candidate));
    let best = scored.fold(None, |best: Option<(f64, &str)>, next| match best {
        Some(best) if best.0 >= next.0 => Some(best),
        _ => Some(next),
    });
    best.filter(|(likeness, _)| *likeness >= ALIKE).map(|(_, candidate)| candidate)
}

/// `Block Phone` is as like `Phone Block` as it is to itself.
fn likeness(one: &str, other: &str) -> f64 {
    let spelt = strsim::jaro_winkler(&fold(one), &fold(other));
    spelt.max(strsim::jaro_winkler(&sorted(one), &sorted(other)))
}

/// The words of a name in the order of the alphabet, folded. `BlockPhone` has two.
fn sorted(name: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut before = ' ';
    for letter in name.chars() {
        let begins = !before.is_alphanumeric() || (before.is_lowercase() && letter.is_uppercase());
        if letter.is_alphanumeric() {
            match words.last_mut() {
                Some(word) if !begins => word.extend(letter.to_lowercase()),
                _ => words.push(letter.to_lowercase().collect()),
            }
        }
        before = letter;
    }
    words.sort();
    words.concat()
}

/// `; did you mean NAME?`, where there is one to mean.
pub(super) fn did_you_mean<'a>(wanted: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    nearest(wanted, candidates).map_or_else(String::new, |name| format!("; did you mean {name:?}?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_may_change_places() {
        let columns = ["OptOut Flag", "Email Block", "Phone Block", "Home Phone", "Notes"];
        for (wanted, near) in [
            ("Block Phone", Some("Phone Block")),
            ("BlockEmail", Some("Email Block")),
            ("Opt Out", Some("OptOut Flag")),
            ("okToText", None),
        ] {
            assert_eq!(nearest(wanted, columns), near, "{wanted}");
        }
    }
}
