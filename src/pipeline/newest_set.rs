//! The files of a full export that count: one set of one date. Old and new are never mixed.
//!
//! A file has a *stem*, its name without dates and times. Of one stem only the newest file counts: the others are what
//! it was before. Of one stem, time and directory, copies are read once, and files that differ are refused: either may be
//! the newer. Where stems differ in nothing but their numbers (`export_41`, `export_42`; `store_1`, `store_2`) and
//! their times lie within an hour, they are parts; of one day and further apart, nobody can tell what they are, and the
//! export is refused. Files of other stems are the other parts (companies, types) where they are of
//! the newest file's day, or of an hour before it; older ones are left out. What is left out, and which
//! files of several times are read together, is told. A file without a date in its name cannot be put beside files that
//! have one: the export is refused.

use std::collections::BTreeSet;

use jiff::Span;
use jiff::civil::DateTime;

use super::intake::IntakeError;
use crate::domain::{Event, Observer};
use crate::read::InputFile;

/// Hours within which files are written by one export.
const APART: i64 = 1;

/// A file that may count, with whatever is its caller's.
struct Candidate<T> {
    found: T,
    display: std::sync::Arc<str>,
    at: DateTime,
    stem: String,
}

impl<T> Candidate<T> {
    /// What stems of numbered parts share.
    fn family(&self) -> String {
        let mut family = String::new();
        for letter in self.stem.chars() {
            let letter = if letter.is_ascii_digit() { '#' } else { letter };
            if letter != '#' || !family.ends_with('#') {
                family.push(letter);
            }
        }
        family
    }

    /// Whether `newest` was written by the same export.
    fn is_beside(&self, newest: DateTime) -> bool {
        self.at >= newest.saturating_sub(Span::new().hours(APART))
    }
}

/// Those of `found` that are the newest set, in their order. `file` is the file of one.
///
/// # Errors
/// [`IntakeError::Undated`] where some have a date in their names and some have none, [`IntakeError::Numbered`] where
/// it cannot be told whether files are parts of one export, [`IntakeError::SameTime`] where it cannot be told which is
/// the newer; a file that cannot be compared with its like.
pub(super) fn newest_set<T>(
    found: Vec<T>,
    file: impl Fn(&T) -> &InputFile,
    notices: &dyn Observer,
) -> Result<Vec<T>, IntakeError> {
    let dated = |one: &&T| file(one).name_timestamp().is_some();
    let Some(first) = found.iter().find(dated) else {
        told_together(found.iter().map(|one| &*file(one).display), notices);
        return Ok(found);
    };
    if let Some(undated) = found.iter().find(|one| !dated(one)) {
        let [file, dated] = [undated, first].map(|one| file(one).display.to_string());
        return Err(IntakeError::Undated { file, dated });
    }
    let candidate = |found: T| {
        let file = file(&found);
        let (at, stem) = (file.name_timestamp().unwrap_or_default(), file.stem().unwrap_or_default());
        Candidate { display: std::sync::Arc::clone(&file.display), at, stem, found }
    };
    let mut set: Vec<_> = found.into_iter().map(candidate).collect();
    leave_out(&mut set, notices, |one, all| {
        all.iter().any(|other| other.stem == one.stem && other.at > one.at)
    });
    leave_out(&mut set, notices, |one, all| {
        all.iter().any(|other| other.at.date() > one.at.date() && !one.is_beside(other.at))
    });
    let set = without_copies(set, &file, notices)?;
    if let Some((file, other)) = numbered(&set) {
        return Err(IntakeError::Numbered {
            file: file.display.to_string(),
            other: other.display.to_string(),
        });
    }
    // Those of one stem stand in several directories by now: of several stores, or of several days.
    let stems: BTreeSet<_> = set.iter().map(|one| &one.stem).collect();
    if stems.len() < set.len() || set.iter().any(|one| one.at != set[0].at) {
        told_together(set.iter().map(|one| &*one.display), notices);
    }
    Ok(set.into_iter().map(|one| one.found).collect())
}

/// `set`, whose files of one stem are of one time, with copies read once.
fn without_copies<T>(
    set: Vec<Candidate<T>>,
    file: &impl Fn(&T) -> &InputFile,
    notices: &dyn Observer,
) -> Result<Vec<Candidate<T>>, IntakeError> {
    let mut once: Vec<Candidate<T>> = Vec::new();
    for one in set {
        let mine = file(&one.found);
        let is_alike = |other: &&Candidate<T>| {
            other.stem == one.stem && file(&other.found).directory() == mine.directory()
        };
        let Some(other) = once.iter().find(is_alike) else {
            once.push(one);
            continue;
        };
        if !mine.is_copy_of(file(&other.found))? {
            let [file, other] = [&one, other].map(|one| one.display.to_string());
            return Err(IntakeError::SameTime { file, other });
        }
        let text = format!("{} is left out: it is a copy of {}", one.display, other.display);
        notices.on(&Event::Notice { text });
    }
    Ok(once)
}

/// Two files that may be parts of one export, or an older and a newer one.
fn numbered<T>(set: &[Candidate<T>]) -> Option<(&Candidate<T>, &Candidate<T>)> {
    set.iter().find_map(|one| {
        let family = one.family();
        let is_unclear = |other: &&Candidate<T>| other.family() == family && !one.is_beside(other.at);
        set.iter().find(is_unclear).map(|other| (one, other))
    })
}

/// Takes the files out that are older than what they are beside.
fn leave_out<T>(
    set: &mut Vec<Candidate<T>>,
    notices: &dyn Observer,
    is_older: impl Fn(&Candidate<T>, &[Candidate<T>]) -> bool,
) {
    let older: Vec<bool> = set.iter().map(|one| is_older(one, set)).collect();
    let mut older = older.into_iter();
    set.retain(|one| {
        let keep = older.next() != Some(true);
        if !keep {
            let text = format!("{} is left out: a full export is its newest files alone", one.display);
            notices.on(&Event::Notice { text });
        }
        keep
    });
}

/// Several files whose names do not say that they are of one export.
fn told_together<'a>(files: impl ExactSizeIterator<Item = &'a str>, notices: &dyn Observer) {
    if files.len() > 1 {
        let files: Vec<_> = files.collect();
        let text = format!(
            "{} are read as parts of one full export; if one of them is older, take it out of input",
            files.join(", ")
        );
        notices.on(&Event::Notice { text });
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[derive(Default)]
    struct Heard(Mutex<Vec<String>>);

    impl Observer for Heard {
        fn on(&self, event: &Event) {
            if let Event::Notice { text } = event {
                self.0.lock().unwrap().push(text.clone());
            }
        }
    }

    /// The names that count, or the refusal; and what was told. Every file says something else.
    fn of(names: &[&str]) -> (Result<Vec<String>, String>, Vec<String>) {
        of_files(&names.iter().map(|name| (*name, *name)).collect::<Vec<_>>())
    }

    /// The same of names and what the files say.
    fn of_files(files: &[(&str, &str)]) -> (Result<Vec<String>, String>, Vec<String>) {
        let dir = tempfile::tempdir().unwrap();
        for (name, says) in files {
            let path = dir.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, says).unwrap();
        }
        let inputs = crate::read::resolve(&[dir.path().join("**/*")], dir.path()).unwrap();
        let short = |text: &str| text.replace(&format!("{}/", dir.path().display()), "");
        let heard = Heard::default();
        let set = newest_set(inputs.files().to_vec(), |file| file, &heard);
        let set = set.map(|set| set.iter().map(|file| short(&file.display)).collect());
        let heard = heard.0.into_inner().unwrap().iter().map(|text| short(text)).collect();
        (set.map_err(|error| short(&error.to_string())), heard)
    }

    #[test]
    fn one_set_of_one_date() {
        for (what, names, expected) in [
            (
                "hours of a day",
                &["c_20260908_0600.csv", "c_20260908_1800.csv"][..],
                &["c_20260908_1800.csv"][..],
            ),
            ("days", &["c_20260907.csv", "c_20260908.csv"], &["c_20260908.csv"]),
            ("packed or not", &["c_20260907.csv", "c_20260908.csv.gz"], &["c_20260908.csv.gz"]),
            ("parts of one time", &["old_20260901.csv", "c_20260908_a.csv", "c_20260908_b.csv"], {
                &["c_20260908_a.csv", "c_20260908_b.csv"]
            }),
            ("types of one time", &["D1_20260908_1200_SL.txt", "D1_20260908_1200_SV.txt"], {
                &["D1_20260908_1200_SL.txt", "D1_20260908_1200_SV.txt"]
            }),
            ("companies, one after the other", &["a_20260907_2359.csv", "b_20260908_0001.csv"], {
                &["a_20260907_2359.csv", "b_20260908_0001.csv"]
            }),
            ("companies of a day", &["a_20260908_0600.csv", "b_20260908_1800.csv"], {
                &["a_20260908_0600.csv", "b_20260908_1800.csv"]
            }),
            (
                "a company of yesterday",
                &["a_20260907_0600.csv", "b_20260908_0600.csv"],
                &["b_20260908_0600.csv"],
            ),
            ("running numbers", &["c_41_20260907_0600.csv", "c_42_20260908_1800.csv"], {
                &["c_42_20260908_1800.csv"]
            }),
            (
                "numbered parts",
                &["c_20260908_0600_1.csv", "c_20260908_0602_2.csv", "c_20260907_0602_3.csv"],
                { &["c_20260908_0600_1.csv", "c_20260908_0602_2.csv"] },
            ),
            ("without dates", &["a.csv", "b.csv"], &["a.csv", "b.csv"]),
            ("stores by directory", &["a/c_20260908.csv", "b/c_20260908.csv"], {
                &["a/c_20260908.csv", "b/c_20260908.csv"]
            }),
        ] {
            let (set, heard) = of(names);
            let mut set = set.unwrap();
            set.sort();
            assert_eq!(set, expected, "{what}");
            let left = names.len() - expected.len();
            assert_eq!(heard.iter().filter(|text| text.contains("is left out")).count(), left, "{what}");
            let together = heard.iter().any(|text| text.contains("are read as parts of one full export"));
            let several_times = matches!(what, "numbered parts" | "without dates" | "stores by directory")
                || what.starts_with("companies");
            assert_eq!(together, several_times, "{what}: {heard:?}");
        }
    }

    #[test]
    fn numbered_files_of_one_day_are_neither_mixed_nor_left_out() {
        let (set, heard) = of(&["store01_20260908_0300.csv", "store02_20260908_0600.csv"]);
        let refused = set.unwrap_err();
        assert!(
            refused.starts_with("store01_20260908_0300.csv: only a number and the time tell it from store02"),
            "{refused}"
        );
        assert_eq!(heard, [] as [&str; 0]);
    }

    #[test]
    fn one_date_in_two_spellings_is_refused_unless_both_say_the_same() {
        for (one, other) in [
            ("c_2026-09-08.csv", "c_20260908.csv"),
            ("c_20260908_0600.csv", "c_2026-09-08T06-00.csv"),
            ("C_20260908.csv", "c_20260908.csv"),
            ("c_20260908.CSV", "c_20260908.csv"),
            ("c_20260908.csv", "c_20260908.txt"),
            ("c_20260908.csv", "c_20260908.csv.gz"),
        ] {
            let (set, heard) = of(&["c_20260907.csv", one, other]);
            let refused = set.unwrap_err();
            let names = [one, other].map(|name| refused.matches(name).count());
            assert!(names[0] > 0 && names[1] > 0, "{one} {other}: {refused}");
            assert!(refused.contains("it cannot be told which is the newer; name the one that"), "{refused}");
            assert_eq!(heard, ["c_20260907.csv is left out: a full export is its newest files alone"]);

            let (set, heard) = of_files(&[("c_20260907.csv", "old"), (one, "new"), (other, "new")]);
            assert_eq!(set.unwrap().len(), 1, "{one} {other}");
            assert!(heard[1].contains(" is left out: it is a copy of "), "{heard:?}");
        }
    }

    #[test]
    fn a_file_without_a_date_is_not_put_beside_one_that_has_one() {
        let (set, _) = of(&["customers.csv", "c_20260801.csv", "c_20260908.csv"]);
        let refused = set.unwrap_err();
        assert!(
            refused.starts_with("customers.csv: its name has no date, and c_20260801.csv has one"),
            "{refused}"
        );
    }
}
