//! [`Overrides`]: the layer of the command line, the last word.
//!
//! Holds what flags say of settings; flags that are no settings stay with `cli`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::input::Input;
use super::nearest::nearest;
use super::problem::{ConfigError, Origin, Problem};
use super::settings::Settings;
use crate::domain::DepartmentName;

/// What flags say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overrides {
    /// `--department`, each a name; none: all departments.
    pub departments: Vec<String>,
    /// `--input`, each a path relative to the working directory, a pattern, or `-`; none: the department's own.
    pub inputs: Vec<PathBuf>,
    /// `--max-duration`.
    pub max_duration: Option<Duration>,
}

impl Settings {
    /// Applies what flags say; relative paths begin at `cwd`. The departments keep the order of the file.
    pub fn apply(&mut self, overrides: &Overrides, cwd: &Path) -> Result<(), ConfigError> {
        let Overrides { departments, inputs, max_duration } = overrides;
        let mut problems = self.unknown(departments);
        if !departments.is_empty() {
            self.departments
                .retain(|department| departments.iter().any(|name| name == department.name.as_str()));
        }
        if !inputs.is_empty() {
            self.set_inputs(inputs, cwd, &mut problems);
        }
        if let Some(span) = max_duration {
            self.run.max_duration = Some(*span);
            self.origins.shared.insert("run.max_duration".to_owned(), Origin::Flag("--max-duration"));
        }
        if problems.is_empty() { Ok(()) } else { Err(ConfigError::Invalid(problems)) }
    }

    /// Departments that are named and do not exist.
    fn unknown(&self, named: &[String]) -> Vec<Problem> {
        let known: Vec<_> = self.departments.iter().map(|department| department.name.as_str()).collect();
        let missing = named.iter().filter(|name| !known.contains(&name.as_str()));
        missing
            .map(|name| {
                let advice = match nearest(name, known.iter().copied()) {
                    Some(meant) => format!("did you mean {meant}?"),
                    None => format!("there are: {}", known.join(", ")),
                };
                let text = format!("no department is named {name:?}; {advice}");
                Problem::new(&Origin::Flag("--department"), "", text)
            })
            .collect()
    }

    /// Has the one department read `inputs`.
    fn set_inputs(&mut self, inputs: &[PathBuf], cwd: &Path, problems: &mut Vec<Problem>) {
        let flag = Origin::Flag("--input");
        match self.departments.as_mut_slice() {
            [one] => {
                one.input = inputs.iter().map(|path| Input::from_flag(path, cwd)).collect();
                let origins = self.origins.departments.entry(one.name.clone()).or_default();
                origins.insert("input".to_owned(), flag);
            }
            // Nobody is left: that is said already.
            [] => {}
            many => {
                let text =
                    format!("whose file is it? name one of {} departments with --department", many.len());
                problems.push(Problem::new(&flag, "", text));
            }
        }
    }

    /// Whether the department reads the input that its configuration names, and not one that a flag names instead.
    pub fn has_own_input(&self, department: &DepartmentName) -> bool {
        let origins = self.origins.departments.get(department);
        !matches!(origins.and_then(|origins| origins.get("input")), Some(Origin::Flag(_)))
    }

    /// Asserts that every department has an input, for the commands that read one.
    pub fn require_inputs(&self) -> Result<(), ConfigError> {
        let without = self.departments.iter().filter(|department| department.input.is_empty());
        let problems: Vec<_> = without
            .map(|department| {
                let origins = self.origins.departments.get(&department.name);
                let at = origins.and_then(|origins| origins.get("name")).unwrap_or(&Origin::Default);
                let text =
                    format!("of {} is missing: say where its export is, or use --input", department.name);
                Problem::new(at, "department.input", text)
            })
            .collect();
        if problems.is_empty() { Ok(()) } else { Err(ConfigError::Invalid(problems)) }
    }
}
