//! From options to what every command needs: settings, telemetry, a runtime.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};
use std::path::PathBuf;

use anyhow::Context as _;

use super::Failed;
use super::args::{Common, LogFormat, When};
use crate::config::{self, Overrides, Settings, Source};
use crate::pipeline::Context;
use crate::report::text;
use crate::telemetry::{Color, Format, Log, Progress, Telemetry, Terminal};

/// The environment, as text.
pub(super) fn env() -> Result<BTreeMap<String, String>, Failed> {
    config::environment_as_text(std::env::vars_os()).map_err(Failed::usage)
}

/// The settings, with what flags say of them.
pub(super) fn settings(common: &Common, max_duration: Option<&str>) -> Result<Settings, Failed> {
    let cwd = std::env::current_dir()
        .context("the working directory cannot be read")
        .map_err(Failed::unexpected)?;
    let env = env()?;
    let user_config_dir = config::user_config_dir(&env);
    let source = Source { path: common.config.clone(), env, cwd: cwd.clone(), user_config_dir };
    let mut settings = config::load(&source).map_err(Failed::usage)?;
    let max_duration = max_duration.map(duration).transpose()?;
    let overrides =
        Overrides { departments: common.department.clone(), inputs: common.input.clone(), max_duration };
    settings.apply(&overrides, &cwd).map_err(Failed::usage)?;
    if let Some(shard) = common.shard {
        let mut place = 0..;
        settings.departments.retain(|_| place.next().is_some_and(|place| shard.has(place)));
    }
    Ok(settings)
}

fn duration(text: &str) -> Result<std::time::Duration, Failed> {
    config::parse_duration(text).ok_or_else(|| {
        Failed::usage(anyhow::anyhow!("--max-duration: `{text}` is not a duration such as 90m or 2h"))
    })
}

/// The process's log and progress.
pub(super) fn telemetry(common: &Common) -> Result<Telemetry, Failed> {
    let verbosity = if common.quiet { -1 } else { i8::try_from(common.verbose).unwrap_or(i8::MAX) };
    let log = Log {
        format: match common.log_format {
            LogFormat::Text => Format::Text,
            LogFormat::Json => Format::Json,
        },
        verbosity,
        color: match common.color {
            When::Auto => Color::Auto,
            When::Always => Color::Always,
            When::Never => Color::Never,
        },
        file: None,
        progress: if common.no_progress { Progress::Lines } else { Progress::Bar },
    };
    log.install(&env()?, Terminal::of_stderr()).map_err(Failed::usage)
}

/// A context for the pipeline.
pub(super) fn context(
    settings: Settings,
    telemetry: &Telemetry,
    command: &'static str,
) -> Result<Context, Failed> {
    let observer = telemetry.observer();
    Ok(Context::new(settings, env()?, runtime()?, observer, telemetry.run_log.clone(), command))
}

/// The runtime of what is concurrent.
pub(super) fn runtime() -> Result<tokio::runtime::Runtime, Failed> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("the runtime cannot be started")
        .map_err(Failed::unexpected)
}

/// Colours of what goes to standard output.
pub(super) fn color(common: &Common) -> text::Color {
    let auto = || {
        std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
    };
    let colored = match common.color {
        When::Auto => auto(),
        When::Always => true,
        When::Never => false,
    };
    if colored { text::Color::Ansi } else { text::Color::Plain }
}

/// Prints a result. A reader that has gone away is no error of ours.
pub(super) fn print(text: &str) -> Result<(), Failed> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Failed::unexpected(anyhow::Error::new(error).context("standard output cannot be written")))
        }
        _ => Ok(()),
    }
}

/// Tells an operator what went wrong: in the log, where there is one, so that a machine reads it like any other line.
pub(super) fn say_error(text: &str) {
    if tracing::dispatcher::has_been_set() {
        tracing::error!("{text}");
        return;
    }
    // There is nowhere left to complain where standard error is gone.
    let _ = writeln!(std::io::stderr().lock(), "error: {text}");
}

/// What a proposed command needs so that it finds the same settings again.
pub(super) fn options(common: &Common) -> String {
    common.config.as_ref().map_or_else(String::new, |path| format!(" --config {}", path.display()))
}

/// A new file that is the owner's alone, for what may hold personal data.
pub(super) fn private_file(path: &PathBuf) -> std::io::Result<std::fs::File> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    // One that was there may be open to others; a device or a pipe keeps its mode.
    #[cfg(unix)]
    if file.metadata()?.is_file() {
        file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    }
    Ok(file)
}
