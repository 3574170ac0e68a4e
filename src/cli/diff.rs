//! `diff`, and `sync --dry-run`.

use std::io::{BufWriter, Write};

use anyhow::Context as _;

use super::args::{Common, Diff};
use super::{Failed, crash, setup, signals};
use crate::pipeline::Exit;
use crate::pipeline::dry::{Ended, Show, diff};
use crate::report::Values;
use crate::report::text::Color;

pub(super) fn run(common: &Common, args: &Diff) -> Result<Exit, Failed> {
    let settings = setup::settings(common, None)?;
    settings.require_inputs().map_err(Failed::usage)?;
    let telemetry = setup::telemetry(common)?;
    let context = setup::context(settings, &telemetry, "diff")?;
    signals::watch(&context)?;
    let mut out: Box<dyn Write + Send> = match &args.output {
        None => Box::new(BufWriter::new(std::io::stdout())),
        Some(path) => {
            let file = setup::private_file(path);
            let file = file.with_context(|| format!("{} cannot be written", path.display()));
            Box::new(BufWriter::new(file.map_err(Failed::unexpected)?))
        }
    };
    let options = setup::options(common);
    let show = Show {
        kind: args.format.into(),
        values: if args.show_values { Values::Shown } else { Values::Masked },
        color: if args.output.is_some() { Color::Plain } else { setup::color(common) },
        totals_only: args.summary_only,
        options: &options,
    };
    let (mut exit, mut differs) = (Exit::Complete, false);
    for department in &context.settings.departments {
        exit = exit.worse(crash::apart(&department.name, || {
            let Ended { exit, differs: differ, error } = diff(&context, department, show, &mut *out);
            differs |= differ;
            if let Some(error) = error {
                setup::say_error(&error);
            }
            Ok(exit)
        }));
    }
    // `| head` closes early: what it wanted it has.
    if let Err(error) = out.flush()
        && error.kind() != std::io::ErrorKind::BrokenPipe
    {
        let place = args.output.as_ref().map_or("standard output".into(), |path| path.to_string_lossy());
        return Err(Failed::unexpected(
            anyhow::Error::new(error).context(format!("{place} cannot be written")),
        ));
    }
    context.close();
    Ok(if args.exit_code && differs { exit.worse(Exit::Differences) } else { exit })
}
