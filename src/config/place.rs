//! Where things are: relative paths made absolute, and the places where a configuration file is looked for.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

/// The file's name, in the working directory and in the user's directory.
const FILE_NAME: &str = "dms-sync.toml";

/// `path`, relative to the directory `base`. A `..` is folded into what stands before it, so that messages show
/// short paths, but not behind a symbolic link, where it means something else.
pub(super) fn resolve(base: &Path, path: &Path) -> PathBuf {
    let mut resolved = PathBuf::new();
    for component in base.join(path).components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if folds(&resolved) => {
                resolved.pop();
            }
            other => resolved.push(other),
        }
    }
    resolved
}

/// Whether `..` behind `path` is the same as leaving its last part out.
fn folds(path: &Path) -> bool {
    matches!(path.components().next_back(), Some(Component::Normal(_))) && !path.is_symlink()
}

/// The directory of the user's own configuration: `$XDG_CONFIG_HOME`, else `~/.config`; `None` where neither is
/// known. A relative `XDG_CONFIG_HOME` is ignored, as its specification asks.
pub fn user_config_dir(env: &BTreeMap<String, String>) -> Option<PathBuf> {
    let named = |key: &str| env.get(key).map(PathBuf::from).filter(|path| path.is_absolute());
    named("XDG_CONFIG_HOME").or_else(|| named("HOME").map(|home| home.join(".config")))
}

/// The places that are looked at where no file is named, in order.
pub(super) fn candidates(cwd: &Path, user_config_dir: Option<&Path>) -> Vec<PathBuf> {
    let own = user_config_dir.map(|dir| dir.join("dms-sync").join(FILE_NAME));
    [cwd.join(FILE_NAME)].into_iter().chain(own).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn parents_fold_and_links_do_not() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        std::fs::create_dir_all(root.join("real/inner")).unwrap();
        for (base, path, expected) in [
            ("real", "../samples/a.csv", "samples/a.csv"),
            ("real/inner", "./../../x", "x"),
            ("real", "a/./b", "real/a/b"),
            ("missing", "../x", "x"),
        ] {
            assert_eq!(resolve(&root.join(base), Path::new(path)), root.join(expected), "{base} {path}");
        }
        assert_eq!(resolve(&root, Path::new("/srv/x")), Path::new("/srv/x"));
        assert_eq!(resolve(Path::new("/"), Path::new("../x")), Path::new("/../x"));
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(root.join("real/inner"), root.join("link")).unwrap();
            assert_eq!(resolve(&root.join("link"), Path::new("../x")), root.join("link/../x"));
        }
    }

    #[test]
    fn the_users_directory_follows_xdg() {
        let dir = |pairs: &[(&str, &str)]| {
            user_config_dir(&pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect())
        };
        assert_eq!(dir(&[("XDG_CONFIG_HOME", "/x"), ("HOME", "/h")]), Some("/x".into()));
        assert_eq!(dir(&[("XDG_CONFIG_HOME", "x"), ("HOME", "/h")]), Some("/h/.config".into()));
        assert_eq!(dir(&[("XDG_CONFIG_HOME", ""), ("HOME", "")]), None);
    }
}
