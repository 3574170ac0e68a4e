//! [`load`]: finds the file, reads the layers, and checks everything before a first row is read.
//!
//! The process's environment is handed in, not looked at, so that a test can be sure of it.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::check;
use super::department::Department;
use super::environment;
use super::layer::{FileLayers, Layer, Legal, in_file, keep_one_per_broken_line, read_file};
use super::place::{candidates, resolve};
use super::problem::{ConfigError, Origin, Problem};
use super::reader::{Reader, Table};
use super::settings::{
    ApiSettings, BreakerSettings, CheckpointSettings, GuardSettings, Origins, RateSettings, ReportSettings,
    RetrySettings, RunSettings, Settings,
};

/// Every key, its default and what it means.
pub(super) const DEFAULTS: &str = include_str!("../../config/default.toml");
/// The most that is read of a file, in bytes: hundreds of departments fit many times over.
const LIMIT: u64 = 4 << 20;

/// Where settings may come from.
#[derive(Debug, Clone, Default)]
pub struct Source {
    /// The file that `--config` names, relative to `cwd`.
    pub path: Option<PathBuf>,
    /// The environment.
    pub env: BTreeMap<String, String>,
    /// The working directory, absolute.
    pub cwd: PathBuf,
    /// The directory of the user's own configuration, see [`user_config_dir`](super::user_config_dir).
    pub user_config_dir: Option<PathBuf>,
}

/// Reads the settings: built-in, then the file, then the environment. The file is the one that `--config` names,
/// else `DMS_SYNC_CONFIG`, else `./dms-sync.toml`, else the user's.
pub fn load(source: &Source) -> Result<Settings, ConfigError> {
    let path = find(source)?;
    let name = path.strip_prefix(&source.cwd).unwrap_or(&path).display().to_string();
    let bytes = read(&path)?;
    let base = path.parent().unwrap_or(Path::new("/"));
    match std::str::from_utf8(&bytes) {
        Ok(text) => {
            let text = text.strip_prefix('\u{feff}').unwrap_or(text);
            assemble(text, &name, path.clone(), base, &source.env, &source.cwd)
        }
        Err(error) => {
            let line = bytes[..error.valid_up_to()].split(|b| *b == b'\n').count();
            let at = in_file(&name)(line, 1);
            Err(ConfigError::Invalid(vec![Problem::new(&at, "", "not UTF-8: save the file as UTF-8")]))
        }
    }
}

/// Reads the settings in `text`, as if it stood in a file in the directory `base`, without an environment.
pub fn parse(text: &str, base: &Path) -> Result<Settings, ConfigError> {
    assemble(text, "dms-sync.toml", base.join("dms-sync.toml"), base, &BTreeMap::new(), base)
}

/// The file to read.
fn find(source: &Source) -> Result<PathBuf, ConfigError> {
    let variable = source.env.get(environment::CONFIG).filter(|path| !path.is_empty()).map(PathBuf::from);
    if let Some(named) = source.path.clone().or(variable) {
        return Ok(resolve(&source.cwd, &named));
    }
    let looked = candidates(&source.cwd, source.user_config_dir.as_deref());
    // A file that cannot be seen is named as unreadable, not passed over for the next.
    match looked.iter().find(|path| path.try_exists().unwrap_or(true)) {
        Some(path) => Ok(path.clone()),
        None => Err(ConfigError::NotFound { looked }),
    }
}

/// The bytes of the file.
fn read(path: &Path) -> Result<Vec<u8>, ConfigError> {
    let unreadable = |source| ConfigError::Unreadable { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(unreadable)?;
    file.take(LIMIT + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > LIMIT {
        return Err(ConfigError::TooLarge { path: path.to_owned(), limit: LIMIT });
    }
    Ok(bytes)
}

/// The keys that are legal.
pub(super) fn legal() -> Legal {
    let shared = [
        ApiSettings::keys(),
        RateSettings::keys(),
        RetrySettings::keys(),
        BreakerSettings::keys(),
        RunSettings::keys(),
        CheckpointSettings::keys(),
        ReportSettings::keys(),
        GuardSettings::keys(),
    ];
    Legal { shared: shared.concat(), department: Department::keys() }
}

/// Puts the layers together and checks what comes of them.
fn assemble(
    text: &str,
    name: &str,
    file: PathBuf,
    base: &Path,
    env: &BTreeMap<String, String>,
    cwd: &Path,
) -> Result<Settings, ConfigError> {
    let legal = legal();
    let mut problems = Vec::new();
    let defaults = read_file(DEFAULTS, &|_, _| Origin::Default, base, &legal, &mut problems);
    let stated = read_file(text, &in_file(name), base, &legal, &mut problems);
    let env = environment::read(env, cwd, &legal.shared, &mut problems);
    let (departments, origins) = read_departments(&defaults, &stated, &mut problems);
    let settings =
        read_shared(file, [&defaults.shared, &stated.shared, &env], departments, origins, &mut problems);
    // A file that does not parse may have lost its departments: that is no second problem.
    if !keep_one_per_broken_line(&mut problems) {
        check::departments(&stated, &mut problems);
    }
    if let Some(settings) = &settings {
        check::relations(settings, &mut problems);
    }
    problems.sort();
    problems.dedup();
    match settings {
        Some(settings) if problems.is_empty() => Ok(settings),
        _ => Err(ConfigError::Invalid(problems)),
    }
}

/// Reads what all departments share.
fn read_shared(
    file: PathBuf,
    layers: [&Layer; 3],
    departments: Vec<Department>,
    mut origins: Origins,
    problems: &mut Vec<Problem>,
) -> Option<Settings> {
    let mut reader = Reader::new(&layers, "", layers[1].at.clone());
    let api = ApiSettings::read(&mut reader);
    let rate = RateSettings::read(&mut reader);
    let retry = RetrySettings::read(&mut reader);
    let breaker = BreakerSettings::read(&mut reader);
    let run = RunSettings::read(&mut reader);
    let checkpoint = CheckpointSettings::read(&mut reader);
    let report = ReportSettings::read(&mut reader);
    let guard = GuardSettings::read(&mut reader);
    problems.append(&mut reader.problems);
    origins.shared = reader.origins;
    Some(Settings {
        file,
        api: api?,
        rate: rate?,
        retry: retry?,
        breaker: breaker?,
        run: run?,
        checkpoint: checkpoint?,
        report: report?,
        guard: guard?,
        departments,
        origins,
    })
}

/// Reads each department over the built-in one.
fn read_departments(
    defaults: &FileLayers,
    stated: &FileLayers,
    problems: &mut Vec<Problem>,
) -> (Vec<Department>, Origins) {
    let mut departments = Vec::new();
    let mut origins = Origins::default();
    for layer in &stated.departments {
        let layers: Vec<_> = defaults.departments.iter().chain([layer]).collect();
        let mut reader = Reader::new(&layers, "department.", layer.at.clone());
        if let Some(department) = Department::read(&mut reader) {
            origins.departments.insert(department.name.clone(), std::mem::take(&mut reader.origins));
            departments.push(department);
        }
        problems.append(&mut reader.problems);
    }
    (departments, origins)
}
