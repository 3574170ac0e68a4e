//! What a misspelled name was meant to be.

/// Below this similarity a suggestion confuses more than it helps.
const ALIKE: f64 = 0.5;

/// The one of `known` that is most like `name`; the first where several are.
pub(super) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let folded = name.to_lowercase();
    let mut best: Option<(f64, &str)> = None;
    for candidate in known {
        let alike = strsim::normalized_damerau_levenshtein(&folded, &candidate.to_lowercase());
        if alike >= ALIKE && best.is_none_or(|(most, _)| alike > most) {
            best = Some((alike, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// What to tell a person who wrote `name` under `prefix`: where it belongs if it stands in the wrong table, else
/// the `sibling` that it resembles, else what is legal there. `legal` are all keys; messages put `owner` before them.
pub(super) fn advice<'a>(
    name: &str,
    prefix: &str,
    owner: &str,
    siblings: impl Iterator<Item = &'a str>,
    legal: &[String],
) -> String {
    let mut siblings: Vec<_> = siblings.collect();
    siblings.dedup();
    let elsewhere = || legal.iter().find(|key| key.rsplit('.').next() == Some(name));
    if let Some(meant) = nearest(name, siblings.iter().copied()) {
        format!("did you mean {owner}{prefix}{meant}?")
    } else if let Some(key) = elsewhere() {
        format!("did you mean {owner}{key}?")
    } else {
        format!("legal here: {}", siblings.join(", "))
    }
}
