//! `profile list`, `profile show` and `profile init`.

use std::collections::VecDeque;
use std::path::Path;

use super::args::ProfileCommand;
use super::{Failed, setup};
use crate::map::{Profile, Sample, Start, TITLE_LINES, TOTALS_ROWS, Tail, find_start, propose};
use crate::pipeline::Exit;
use crate::read::{Dialect, HeaderMode, InputFile, Quote, ReadError, resolve};

pub(super) fn run(command: &ProfileCommand) -> Result<Exit, Failed> {
    match command {
        ProfileCommand::List => setup::print(&list()?)?,
        ProfileCommand::Init { file, name } => setup::print(&proposed(file, name)?)?,
        ProfileCommand::Show { name } => setup::print(&shown(name)?)?,
    }
    Ok(Exit::Complete)
}

/// Rows that tell what a column holds.
const SAMPLE: usize = 50;

fn proposed(file: &Path, name: &str) -> Result<String, Failed> {
    let refused = |error| Failed { exit: Exit::Held, error: anyhow::Error::new(error) };
    let inputs = resolve(&[file.to_owned()], &std::env::temp_dir()).map_err(refused)?;
    let [input] = inputs.files() else {
        return Err(Failed::usage(anyhow::anyhow!("{} is several files: name one", file.display())));
    };
    let start = find_start(&first_lines(input).map_err(refused)?);
    let sample = sample(input, start).map_err(refused)?;
    Ok(propose(&sample, name))
}

/// The first lines that are not blank, each with its number.
fn first_lines(input: &InputFile) -> Result<Vec<(u64, String)>, ReadError> {
    // A delimiter that no export uses leaves a line whole.
    let whole =
        Dialect { delimiter: 0x1F, quote: Quote::None, header: HeaderMode::Absent, ..Dialect::default() };
    let mut records = input.open(&whole)?;
    let decoder = records.decoder();
    let (mut lines, mut row) = (Vec::new(), csv::ByteRecord::new());
    while lines.len() < TITLE_LINES
        && let Some(read) = records.read(&mut row)?
    {
        let (line, text) = match &read {
            Ok(at) => (at.line, decoder.escaped(row.as_slice())),
            Err(malformed) => (malformed.at.line, decoder.escaped(&malformed.raw)),
        };
        lines.push((line, text.into_owned()));
    }
    Ok(lines)
}

/// The header that `start` found, the rows behind it, and the last ones of the file.
fn sample(input: &InputFile, start: Start) -> Result<Sample, ReadError> {
    let mut records = input.open(&Dialect {
        delimiter: start.delimiter,
        quote: if start.has_quotes() { Quote::Doubled(b'"') } else { Quote::None },
        skip_lines: start.skip_lines,
        ..Dialect::default()
    })?;
    let header = records.header().to_vec();
    let decoder = records.decoder();
    let (mut first_rows, mut last) = (Vec::new(), VecDeque::new());
    let mut row = csv::ByteRecord::new();
    while let Some(read) = records.read(&mut row)? {
        if read.is_ok() && first_rows.len() < SAMPLE {
            first_rows.push(row.iter().map(|cell| decoder.escaped(cell).into_owned()).collect());
        }
        if last.len() == TOTALS_ROWS {
            last.pop_front();
        }
        last.push_back((read.map_err(|malformed| malformed.at.line).map(|at| at.line), row.clone()));
    }
    let tail = |(read, row): (Result<u64, u64>, csv::ByteRecord)| Tail {
        is_whole: read.is_ok(),
        line: read.unwrap_or_else(|line| line),
        cells: row.iter().map(|cell| decoder.escaped(cell).into_owned()).collect(),
    };
    Ok(Sample { start, header, first_rows, last_rows: last.into_iter().map(tail).collect() })
}

/// The TOML of a built-in profile, or of one's own where it has no mistakes.
fn shown(name: &str) -> Result<String, Failed> {
    if let Some(text) = Profile::builtin_text(name) {
        return Ok(text.to_owned());
    }
    Profile::load(name, Path::new("")).map_err(Failed::usage)?;
    std::fs::read_to_string(name).map_err(Failed::unexpected)
}

fn list() -> Result<String, Failed> {
    let line = |name| {
        let profile = Profile::load(name, std::path::Path::new("")).map_err(Failed::unexpected)?;
        Ok(format!("{name:<18} {}\n", profile.description))
    };
    Profile::builtin_names().map(line).collect()
}
