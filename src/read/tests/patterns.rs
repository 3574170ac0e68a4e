//! Patterns: what they name, whatever lies beside it.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;

use glob::MatchOptions;

use super::*;
use crate::read::pattern::matching;

/// A directory with these files in it.
fn tree(names: &[&[u8]]) -> TempDir {
    let dir = TempDir::new().unwrap();
    for name in names {
        let path = dir.path().join(OsStr::from_bytes(name));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "k\n1\n").unwrap();
    }
    dir
}

/// What `pattern` names in `dir`, relative to it.
fn named(dir: &TempDir, pattern: &str) -> Result<Vec<String>, String> {
    let short = |text: &str| text.replace(&format!("{}/", dir.path().display()), "");
    let inputs =
        resolve(&[dir.path().join(pattern)], dir.path()).map_err(|error| short(&error.to_string()))?;
    Ok(inputs.files().iter().map(|file| short(&file.display)).collect())
}

#[test]
fn patterns_name_what_the_crates_own_walk_names() {
    let dir = tree(&[
        b"a.csv",
        b"b.CSV",
        b"A b.csv",
        b".h.csv",
        b"[x].csv",
        b"x",
        b"e/1.csv",
        b"e/2.txt",
        b"e/f/3.csv",
        b"e/f/g/4.csv",
        b"e/.h/5.csv",
        b"e2/1.csv",
        b"e2/f/1.csv",
        b"\xC3\xA9.csv",
    ]);
    let options = MatchOptions { require_literal_leading_dot: true, ..MatchOptions::new() };
    for pattern in [
        "*",
        "*.csv",
        "?.csv",
        "[ab].csv",
        "[!a].csv",
        "*.[cC][sS][vV]",
        "e*/*.csv",
        "e/*",
        "e/**/*.csv",
        "**/*.csv",
        "**/f/*",
        "**/**/1.csv",
        "e/**/f/**/*",
        "*/f/../1.csv",
        "./*.csv",
        "e?/f/?.csv",
        "*/1.csv",
        "no*/1.csv",
        "a.csv/*",
        "*/x/*",
        "[[]x].csv",
        "\u{e9}*",
    ] {
        let whole = dir.path().join(pattern);
        let files = |paths: &mut dyn Iterator<Item = PathBuf>| -> Vec<PathBuf> {
            let mut files: Vec<_> = paths.filter(|path| path.is_file()).collect();
            files.sort();
            files
        };
        let theirs = glob::glob_with(whole.to_str().unwrap(), options).unwrap();
        let theirs = files(&mut theirs.map(Result::unwrap));
        assert_eq!(files(&mut matching(&whole).unwrap().into_iter()), theirs, "{pattern}");
    }
}

#[test]
fn no_name_makes_it_panic_and_one_that_matches_is_read() {
    let dir = tree(&[b"exp/a.csv", b"exp/caf\xE9.txt", b"exp/\xFF.csv", b"exp/\xFE.csv", b"caf\xE9/b.csv"]);
    assert_eq!(named(&dir, "exp/a*.csv").unwrap(), ["exp/a.csv"]);
    // Both are told apart.
    assert_eq!(named(&dir, "exp/?.csv").unwrap().len(), 3);
    let mut both = named(&dir, "e*/*").unwrap();
    both.sort();
    assert_eq!(both, ["exp/\\xFE.csv", "exp/\\xFF.csv", "exp/a.csv", "exp/caf\\xE9.txt"]);
    assert_eq!(named(&dir, "**/b.csv").unwrap(), ["caf\\xE9/b.csv"]);
    fs::write(dir.path().join("far\nout.csv"), "k\n1\n").unwrap();
    assert_eq!(named(&dir, "far*").unwrap(), ["far\\nout.csv"]);
    // In the pattern itself, too.
    let pattern = dir.path().join(OsStr::from_bytes(b"caf\xE9/*.csv"));
    assert_eq!(resolve(&[pattern], dir.path()).unwrap().files().len(), 1);
    let inputs = resolve(&[dir.path().join("exp/?.csv")], dir.path()).unwrap();
    for file in inputs.files() {
        assert_eq!(rows(&mut file.open(&Dialect::default()).unwrap()), [good(2, 1, &["1"])]);
    }
}

#[test]
fn a_directory_with_brackets_in_its_name_is_no_pattern() {
    let dir = tree(&[b"[store] 1/a.csv", b"s/b.csv", b"a**b/c.csv"]);
    assert_eq!(named(&dir, "[store] 1/*.csv").unwrap(), ["[store] 1/a.csv"]);
    assert_eq!(named(&dir, "a**b/*.csv").unwrap(), ["a**b/c.csv"]);
    assert_eq!(named(&dir, "[store]/*.csv").unwrap(), ["s/b.csv"]);
    for pattern in ["[store/*.csv", "x**/*.csv", "***"] {
        let text = named(&dir, pattern).unwrap_err();
        assert!(text.contains(": not a file, a directory or a valid pattern: "), "{text}");
    }
}

#[test]
fn links_are_followed_once_and_what_cannot_be_listed_is_told() {
    let dir = tree(&[b"exp/a.csv", b"far/b.csv"]);
    symlink("../far", dir.path().join("exp/link")).unwrap();
    symlink(".", dir.path().join("exp/loop")).unwrap();
    symlink("nowhere", dir.path().join("exp/dangling")).unwrap();
    let found = matching(&dir.path().join("exp/**/*.csv")).unwrap();
    assert_eq!(found.len(), 2, "{found:?}");
    assert_eq!(named(&dir, "exp/*/b.csv").unwrap(), ["exp/link/b.csv"]);
    assert_eq!(named(&dir, "exp/dangling").unwrap_err(), {
        "exp/dangling: a link to nowhere, where nothing is; mend the link, or check whether the export has arrived"
    });
    symlink("circle", dir.path().join("exp/circle")).unwrap();
    for pattern in ["exp/circle/*.csv", "exp/**/*.csv", "exp/*/b.csv"] {
        let text = named(&dir, pattern).unwrap_err();
        assert!(text.starts_with("exp/circle") && text.contains(": cannot l"), "{pattern}: {text}");
    }
}

#[test]
fn what_is_no_file_is_told_with_its_remedy() {
    let dir = tree(&[b"exp/a.csv", b"exp/b.csv/c.csv"]);
    // A directory is no export, whatever its name.
    assert_eq!(named(&dir, "exp/*.csv").unwrap(), ["exp/a.csv"]);
    let pipe = dir.path().join("exp/pipe.csv");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for pattern in ["exp/pipe.csv", "exp/*.csv", "exp"] {
        let text = named(&dir, pattern).unwrap_err();
        assert!(text.starts_with("exp/pipe.csv: not a regular file; name a file"), "{pattern}: {text}");
    }
    let text = named(&dir, "exp/a.csv/b.csv").unwrap_err();
    assert!(text.starts_with("exp/a.csv/b.csv: cannot look at it: Not a directory"), "{text}");
}

#[test]
fn copies_are_told_from_files_that_differ() {
    let dir = tree(&[b"a.csv", b"b.csv"]);
    let text = format!("k\n{}", "1\n".repeat(100_000));
    fs::write(dir.path().join("a.csv"), &text).unwrap();
    fs::write(dir.path().join("b.csv"), zstd::encode_all(text.as_bytes(), 1).unwrap()).unwrap();
    fs::write(dir.path().join("c.csv"), format!("{text}2\n")).unwrap();
    fs::write(dir.path().join("d.csv"), text.replacen("1\n1", "1\n2", 1)).unwrap();
    let inputs =
        resolve(&["a", "b", "c", "d"].map(|name| dir.path().join(format!("{name}.csv"))), dir.path());
    let inputs = inputs.unwrap();
    for (mine, theirs) in [("a", "a"), ("a", "b"), ("a", "c"), ("a", "d"), ("c", "b")] {
        let file = |name: &str| {
            let is_it = |file: &&InputFile| file.display.ends_with(&format!("{name}.csv"));
            inputs.files().iter().find(is_it).unwrap()
        };
        let is_copy = file(mine).is_copy_of(file(theirs)).unwrap();
        assert_eq!(is_copy, matches!(theirs, "a" | "b") && mine == "a", "{mine} {theirs}");
        assert_eq!(is_copy, file(theirs).is_copy_of(file(mine)).unwrap());
    }
}
