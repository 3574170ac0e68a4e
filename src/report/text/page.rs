//! [`Page`]: lines, columns, wrapping and colours. Knows nothing of runs.

use super::super::visible::visible;
use super::Color;

/// The width that every terminal has.
const WIDTH: usize = 80;

/// Where a row's text begins, after its label.
const COLUMN: usize = 15;

/// How a piece of text stands out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::report) enum Style {
    Plain,
    Bold,
    Dim,
    Red,
    Green,
    Yellow,
}

impl Color {
    /// `text` in `style`, where colours are wanted.
    pub(in crate::report) fn paint(self, style: Style, text: &str) -> String {
        let code = match (self, style) {
            (Self::Plain, _) | (Self::Ansi, Style::Plain) => return text.to_owned(),
            (Self::Ansi, Style::Bold) => "1",
            (Self::Ansi, Style::Dim) => "2",
            (Self::Ansi, Style::Red) => "31",
            (Self::Ansi, Style::Green) => "32",
            (Self::Ansi, Style::Yellow) => "33",
        };
        format!("\x1b[{code}m{text}\x1b[0m")
    }
}

/// Text that grows by lines.
pub(in crate::report) struct Page {
    out: String,
    color: Color,
}

impl Page {
    pub(in crate::report) fn new(color: Color) -> Self {
        Self { out: String::new(), color }
    }

    pub(in crate::report) fn finish(self) -> String {
        self.out
    }

    /// An empty line between two blocks.
    pub(in crate::report) fn gap(&mut self) {
        self.out.push('\n');
    }

    /// One line that is not to be broken, `indent` columns in.
    pub(in crate::report) fn line(&mut self, style: Style, indent: usize, text: &str) {
        self.out.extend(std::iter::repeat_n(' ', indent));
        self.out.push_str(&self.color.paint(style, &visible(text)));
        self.out.push('\n');
    }

    /// Text that is broken between words at 80 columns: `lead` stands before its first line, and the others are
    /// indented by as much.
    pub(in crate::report) fn paragraph(&mut self, style: Style, lead: &str, text: &str) {
        let indent = lead.chars().count();
        let mut lead = lead.to_owned();
        for line in wrap(&visible(text), WIDTH - indent) {
            self.out.push_str(&lead);
            self.out.push_str(&self.color.paint(style, &line));
            self.out.push('\n');
            lead = " ".repeat(indent);
        }
    }

    /// A label, and what belongs to it.
    pub(in crate::report) fn row(&mut self, label: &str, text: &str) {
        self.paragraph(Style::Plain, &format!("  {label:<COLUMN$}"), text);
    }

    /// A label, and what is not to be broken: a path, an aligned number.
    pub(in crate::report) fn fixed_row(&mut self, label: &str, text: &str) {
        self.line(Style::Plain, 2, &format!("{label:<COLUMN$}{text}"));
    }
}

/// `text` in lines of at most `width` characters; a longer word has a line of its own.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let length = word.chars().count();
        if used > 0 && used + 1 + length > width {
            lines.push(String::new());
            used = 0;
        }
        if let Some(line) = lines.last_mut() {
            if used > 0 {
                line.push(' ');
                used += 1;
            }
            line.push_str(word);
            used += length;
        }
    }
    lines
}

/// `n` with its thousands set apart: `17,298`.
pub(in crate::report) fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// `n` of something, singular or plural in `s`: `1 customer`, `2 customers`.
pub(in crate::report) fn count(n: u64, what: &str) -> String {
    format!("{} {what}{}", thousands(n), if n == 1 { "" } else { "s" })
}

/// Milliseconds as a person says them: `40 ms`, `3.2 s`, `4 min 5 s`, `2 h 10 min`.
pub(in crate::report) fn duration(ms: u64) -> String {
    let seconds = ms / 1000;
    match seconds {
        0 if ms < 100 => format!("{ms} ms"),
        0..60 => format!("{seconds}.{} s", ms % 1000 / 100),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", thousands(seconds / 3600), seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_people_write_them() {
        for (n, text) in
            [(0, "0"), (999, "999"), (1000, "1,000"), (17_298, "17,298"), (1_234_567, "1,234,567")]
        {
            assert_eq!(thousands(n), text);
        }
        for (ms, text) in [
            (0, "0 ms"),
            (99, "99 ms"),
            (140, "0.1 s"),
            (59_999, "59.9 s"),
            (60_000, "1 min 0 s"),
            (7_805_000, "2 h 10 min"),
        ] {
            assert_eq!(duration(ms), text);
        }
    }

    #[test]
    fn lines_break_between_words_and_lose_none() {
        assert_eq!(wrap("a bb ccc", 4), ["a bb", "ccc"]);
        assert_eq!(wrap("unbreakable b", 4), ["unbreakable", "b"]);
        assert_eq!(wrap("", 4), [""]);
    }
}
