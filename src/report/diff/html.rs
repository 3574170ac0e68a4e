//! [`HtmlDiff`]: a plan as one page that can be mailed or filed.
//!
//! Self-contained: no script, no font, no picture, no request, held by a content security policy of its own. Light
//! and dark as the reader's system is. The totals come last in the file, because it is streamed, and first on the page.

use std::io::{self, Write};

use crate::domain::{Change, CustomerKey, Position, RunSummary};

use super::super::mask::Values;
use super::super::text::{self, SummaryContext};
use super::super::visible::visible;
use super::{DiffFormat, DiffHead, Rejection, blocks, labelled};

/// One page.
#[derive(Debug)]
pub struct HtmlDiff<W> {
    out: W,
    values: Values,
}

/// Everything before the first row but the title.
const STYLE: &str = include_str!("html.css");

impl<W: Write> HtmlDiff<W> {
    /// A page onto `out`.
    pub fn new(out: W, values: Values) -> Self {
        Self { out, values }
    }

    /// The first row of a customer's group: who, what and where.
    fn group(&mut self, class: &str, key: &str, what: &str, at: &Position) -> io::Result<()> {
        writeln!(
            self.out,
            "<tbody class=\"{class}\">\n<tr><th scope=\"rowgroup\" colspan=\"3\"><b>{class}</b> {} {}<small>{}</small></th></tr>",
            escape(key),
            escape(what),
            escape(&at.to_string()),
        )
    }
}

impl<W: Write> DiffFormat for HtmlDiff<W> {
    fn begin(&mut self, head: &DiffHead<'_>) -> io::Result<()> {
        let DiffHead { department, run_id } = head;
        let values = match self.values {
            Values::Masked => "Values are masked.",
            Values::Shown => "This page shows personal values.",
        };
        writeln!(
            self.out,
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"robots\" content=\"noindex\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
             <title>{department}: what a sync would send</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
             <header>\n<h1>{department}: what a sync would send</h1>\n<p>Run {run_id}. {values}</p>\n</header>\n\
             <main>\n<table>\n\
             <thead><tr><th scope=\"col\">Field</th><th scope=\"col\">Before</th><th scope=\"col\">After</th></tr></thead>"
        )
    }

    fn change(&mut self, change: &Change) -> io::Result<()> {
        self.group(change.verb(), change.ours.key.as_str(), &blocks(change).unwrap_or_default(), &change.at)?;
        for field in &change.fields {
            let shown = self.values.of(field);
            let [old, new] =
                [&shown.old, &shown.new].map(|value| escape(value.as_deref().unwrap_or_default()));
            let name = escape(&labelled(shown.field, shown.item.as_deref()));
            writeln!(self.out, "<tr><td>{name}</td><td>{old}</td><td>{new}</td></tr>")?;
        }
        writeln!(self.out, "</tbody>")
    }

    fn rejected(&mut self, rejection: &Rejection<'_>) -> io::Result<()> {
        let Rejection { customer_key, code, at } = rejection;
        self.group("reject", customer_key.map_or("(no key)", CustomerKey::as_str), code, at)?;
        writeln!(self.out, "</tbody>")
    }

    fn end(&mut self, summary: &RunSummary, context: &SummaryContext<'_>) -> io::Result<()> {
        let plain = SummaryContext { color: text::Color::Plain, ..*context };
        let totals = escape(&text::summary(summary, &plain));
        writeln!(
            self.out,
            "</table>\n<section aria-label=\"Summary\">\n<pre>{totals}</pre>\n</section>\n</main>\n</body>\n</html>"
        )?;
        self.out.flush()
    }
}

/// `text` as the content of an element: no markup, no character that deceives. Lines stay lines.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for (n, line) in text.split('\n').enumerate() {
        if n > 0 {
            escaped.push('\n');
        }
        for c in visible(line).chars() {
            match c {
                '&' => escaped.push_str("&amp;"),
                '<' => escaped.push_str("&lt;"),
                '>' => escaped.push_str("&gt;"),
                '"' => escaped.push_str("&quot;"),
                '\'' => escaped.push_str("&#39;"),
                c => escaped.push(c),
            }
        }
    }
    escaped
}
