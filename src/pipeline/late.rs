//! [`late`]: a delta that comes late, beside a newer one. What it says would take the place of what newer files said on
//! an earlier night; the age of the export as a whole, which `verdict` looks at, does not show it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a run remembers of a file that it has read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct File {
    /// What it is called; not remembered.
    #[serde(skip)]
    pub(super) path: String,
    pub(super) sha256: String,
    pub(super) rows: u64,
    /// The date and time in its name, as ISO 8601 writes it: in order as text, too.
    #[serde(default)]
    pub(super) name: Option<String>,
    #[serde(default)]
    pub(super) layout: String,
}

impl File {
    /// Whether both are one file, which may have grown.
    fn is(&self, other: &Self) -> bool {
        self.layout == other.layout
            && (self.sha256 == other.sha256 || (self.name.is_some() && self.name == other.name))
    }
}

/// Says which of tonight's files is older than what an earlier run has read, and was not read by it. Where all that is
/// newer is still there, its rows count more, and nothing is wrong: so it is in a folder that keeps its files, as long as
/// they go back further than the late one.
pub(super) fn late(tonight: &[File], inputs: &Value) -> Option<String> {
    let before: Vec<File> = serde_json::from_value(inputs.get("files")?.clone()).ok()?;
    tonight.iter().find_map(|file| {
        let at = file.name.as_ref()?;
        let of_layout = || before.iter().filter(|known| known.layout == file.layout);
        let newest = of_layout().filter_map(|known| known.name.as_ref()).max().filter(|newest| at < *newest)?;
        let is_known = of_layout().any(|known| known.is(file));
        let goes_back = of_layout().any(|known| known.name.as_ref().is_some_and(|name| name < at));
        let newer_are_there =
            of_layout().filter(|known| known.name.as_ref().is_none_or(|name| name > at)).all(|known| tonight.iter().any(|now| now.is(known)));
        let is_harmless = is_known || (goes_back && newer_are_there);
        (!is_harmless).then(|| {
            format!(
                "stale: {} was not read before, and the last run had files up to {newest}: take it out of input, or approve it",
                file.path
            )
        })
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Days, with a letter for another file of that day and `v` before those of another layout.
    fn files(days: &[&str]) -> Vec<File> {
        let file = |day: &&str| {
            let (layout, day) = day.strip_prefix('v').map_or(("c", *day), |day| ("v", day));
            let digits: String = day.chars().filter(char::is_ascii_digit).collect();
            let name = (!digits.is_empty()).then(|| format!("2026-09-{digits:0>2}T00:00:00"));
            File {
                path: day.to_owned(),
                sha256: format!("{layout}{day}"),
                rows: 1,
                name,
                layout: layout.to_owned(),
            }
        };
        days.iter().map(file).collect()
    }

    #[test]
    fn what_would_take_the_place_of_newer_rows_is_late() {
        for (before, tonight, expected) in [
            (&["2"][..], &["1", "3"][..], Some("1")),
            (&["2"], &["2", "3"], None),
            (&["2"], &["3"], None),
            (&["2"], &["2b", "3"], None),
            // A folder that keeps its files, and one that does not go back so far.
            (&["1", "3"], &["1", "2", "3", "4"], None),
            (&["1", "3"], &["2", "3"], None),
            (&["1", "3"], &["1", "2", "4"], Some("2")),
            (&["3"], &["2", "3", "4"], Some("2")),
            // The newer one has grown.
            (&["1", "3"], &["1", "2", "3b"], None),
            // Each layout by itself.
            (&["v1", "3"], &["v2", "4"], None),
            (&["v2", "1"], &["v1", "4"], Some("1")),
            // Names that say nothing.
            (&["a"], &["b"], None),
            (&["2"], &["b"], None),
            (&[], &["1"], None),
        ] {
            let found = late(&files(tonight), &json!({ "files": files(before) }));
            let path = found.as_deref().map(|text| text.split(' ').nth(1).unwrap());
            assert_eq!(path, expected, "{before:?}, {tonight:?}: {found:?}");
        }
        // What an earlier version remembered has no names.
        assert_eq!(late(&files(&["1"]), &json!({ "files": [{ "sha256": "x", "rows": 1 }] })), None);
        assert_eq!(late(&files(&["1"]), &json!({})), None);
    }
}
