//! [`TextDiff`]: a plan as a person reads it in a terminal, closed by the summary.
//!
//! `+` is created, `~` is updated (or no more than blocked, where its row is rejected), `!` is refused. What an export says is written out safely: no value, key or file
//! name can move the cursor.

use std::io::{self, Write};

use crate::domain::{Action, Change, RunSummary};

use super::super::mask::Values;
use super::super::text::{Color, Style, SummaryContext, summary};
use super::super::visible::visible;
use super::{DiffFormat, DiffHead, Rejection, blocks, labelled};

/// What stands where a value was not, or will not be.
const NOTHING: &str = "(none)";

/// Text for people.
#[derive(Debug)]
pub struct TextDiff<W> {
    out: W,
    values: Values,
    color: Color,
}

impl<W: Write> TextDiff<W> {
    /// Text onto `out`.
    pub fn new(out: W, values: Values, color: Color) -> Self {
        Self { out, values, color }
    }
}

impl<W: Write> DiffFormat for TextDiff<W> {
    fn begin(&mut self, head: &DiffHead<'_>) -> io::Result<()> {
        let values = match self.values {
            Values::Masked => "values are masked; --show-values shows them",
            Values::Shown => "personal values are shown",
        };
        writeln!(self.out, "{}: what a sync would send ({values})", head.department)
    }

    fn change(&mut self, change: &Change) -> io::Result<()> {
        write_change(&mut self.out, change, self.values, self.color)
    }

    fn rejected(&mut self, rejection: &Rejection<'_>) -> io::Result<()> {
        let Rejection { customer_key, code, at } = rejection;
        let key = customer_key.map_or("(no key)".into(), |key| visible(key.as_str()));
        let line = format!("! reject {key}: {}", visible(code));
        write_head(&mut self.out, Style::Red, &line, &at.to_string(), self.color)
    }

    fn end(&mut self, totals: &RunSummary, context: &SummaryContext<'_>) -> io::Result<()> {
        write!(self.out, "\n{}", summary(totals, context))?;
        self.out.flush()
    }
}

/// One change without colours: a line for the customer, then one per field.
pub fn diff_text(out: &mut dyn Write, change: &Change, values: Values) -> io::Result<()> {
    write_change(out, change, values, Color::Plain)
}

fn write_change(out: &mut dyn Write, change: &Change, values: Values, color: Color) -> io::Result<()> {
    let (sign, style) = match change.action {
        Action::Create => ('+', Style::Green),
        Action::Update { .. } => ('~', Style::Yellow),
    };
    let what = blocks(change).map_or_else(String::new, |what| format!(": {what}"));
    let line = format!("{sign} {} {}{what}", change.verb(), visible(change.ours.key.as_str()));
    write_head(out, style, &line, &change.at.to_string(), color)?;
    for field in &change.fields {
        let shown = values.of(field);
        let name = labelled(shown.field, shown.item.as_deref());
        let value = |value: &Option<_>| visible(value.as_deref().unwrap_or(NOTHING)).into_owned();
        match change.action {
            Action::Create => writeln!(out, "    {}: {}", visible(&name), value(&shown.new))?,
            Action::Update { .. } => {
                writeln!(out, "    {}: {} -> {}", visible(&name), value(&shown.old), value(&shown.new))?;
            }
        }
    }
    Ok(())
}

/// A customer's first line, and where its row stands.
fn write_head(out: &mut dyn Write, style: Style, line: &str, at: &str, color: Color) -> io::Result<()> {
    writeln!(out, "{}  {}", color.paint(style, line), color.paint(Style::Dim, &visible(at)))
}
