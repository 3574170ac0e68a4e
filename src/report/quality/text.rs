//! [`text`]: the quality of an export for the one who reads it first, in 80 columns.
//!
//! Top down: what can be sent, which files and columns, how full they are, what is wrong and where, what it costs.

use super::super::text::Color;
use super::super::text::page::{Page, Style, count, duration, thousands};
use super::super::visible::visible;
use super::{ChannelCounts, Example, FieldFill, FileQuality, Quality, Trouble};

/// Characters of the longest bar.
const BAR: u64 = 40;

/// Characters of a column's name in the table of fields: what is left of 80.
const COLUMN: usize = 19;

/// Where the lines of a trouble begin, behind its count.
const INDENT: &str = "         ";

/// What one department's files are worth.
pub fn text(quality: &Quality, color: Color) -> String {
    let mut page = Page::new(color);
    page.paragraph(Style::Bold, "", &headline(quality));
    page.gap();
    for file in &quality.files {
        write_file(&mut page, file);
    }
    page.row("profile", &format!("{}, {} export", quality.profile, quality.export));
    write_histogram(&mut page, quality);
    write_fields(&mut page, quality);
    write_reach(&mut page, quality);
    write_consent(&mut page, quality);
    let refused = [(quality.rows.rejected, "row"), (quality.customers.rejected, "customer")];
    write_troubles(&mut page, "rejected", &refused, &quality.rejected);
    let values = quality.repaired.iter().map(|trouble| trouble.count).sum();
    write_troubles(&mut page, "repaired or dropped", &[(values, "value")], &quality.repaired);
    write_first_load(&mut page, quality);
    page.finish()
}

/// `springfield: 24 customers in 30 rows: 19 can be sent, 5 rejected; 4 rows unusable`.
fn headline(quality: &Quality) -> String {
    let Quality { department, rows, customers, .. } = quality;
    let whole = format!("{} in {}", count(customers.total, "customer"), count(rows.total, "row"));
    let sent = if customers.sendable == customers.total {
        "all can be sent".to_owned()
    } else {
        let fates = [
            (customers.sendable, "can be sent"),
            (customers.skipped, "left alone"),
            (customers.rejected, "rejected"),
        ];
        let some = fates.into_iter().filter(|(n, fate)| *n > 0 || *fate == "can be sent");
        some.map(|(n, fate)| format!("{} {fate}", thousands(n))).collect::<Vec<_>>().join(", ")
    };
    let unusable = match rows.rejected {
        0 => String::new(),
        rejected => format!("; {} unusable", count(rejected, "row")),
    };
    format!("{department}: {whole}: {sent}{unusable}")
}

fn write_file(page: &mut Page, file: &FileQuality) {
    let FileQuality { path, encoding, rows, columns, ignored, lacking } = file;
    page.fixed_row("file", path);
    let width = count(*columns as u64, "column");
    page.row("", &format!("{encoding}, {}, {width}", count(*rows, "row")));
    if !ignored.is_empty() {
        page.row("not mapped", &ignored.join(", "));
    }
    if !lacking.is_empty() {
        page.row("not there", &lacking.join(", "));
    }
}

fn write_histogram(page: &mut Page, quality: &Quality) {
    let all = quality.customers.total;
    page.gap();
    page.line(Style::Bold, 0, "rows per customer");
    for bin in &quality.rows_per_customer {
        let bar = match bin.customers {
            0 => 0,
            n => (n.saturating_mul(BAR) / all.max(1)).max(1),
        };
        let bar = "#".repeat(usize::try_from(bar).unwrap_or_default());
        let line = format!("{:<7}{}  {bar}", bin.rows, share(bin.customers, all));
        page.line(Style::Plain, 2, line.trim_end());
    }
}

/// Per column: rows whose cell is not empty, customers that are sent with a value.
fn write_fields(page: &mut Page, quality: &Quality) {
    let sendable = quality.customers.sendable;
    page.gap();
    page.line(Style::Bold, 0, "columns");
    page.paragraph(
        Style::Dim,
        "  ",
        "filled: readable rows whose cell is not empty; sent: customers that can be sent and have a usable value",
    );
    page.line(Style::Plain, 2, &format!("{:<22}{:>18}{:>18}", "", "filled", "sent"));
    for field in &quality.fields {
        let FieldFill { field, columns, rows, filled_rows, sent_customers } = field;
        let sent = sent_customers.map_or_else(|| format!("{:>18}", "-"), |n| share(n, sendable));
        let names = columns.join(", ");
        let names = if names == *field { String::new() } else { shortened(&names) };
        let line = format!("{field:<22}{}{sent}  {names}", share(*filled_rows, *rows));
        page.line(Style::Plain, 2, line.trim_end());
    }
}

/// A column's name in the room that is left for it.
fn shortened(names: &str) -> String {
    let names = visible(names);
    if names.chars().count() <= COLUMN {
        return names.into_owned();
    }
    names.chars().take(COLUMN - 1).chain(['…']).collect()
}

fn write_reach(page: &mut Page, quality: &Quality) {
    let (reach, all) = (&quality.reach, quality.customers.sendable);
    page.gap();
    page.line(Style::Bold, 0, &format!("of {} that can be sent", count(all, "customer")));
    for (label, n) in [
        ("any phone", reach.phone),
        ("a cell phone", reach.cell),
        ("an e-mail", reach.email),
        ("a VIN", reach.vin),
    ] {
        page.line(Style::Plain, 2, &format!("{label:<22}{}", share(n, all)));
    }
}

fn write_consent(page: &mut Page, quality: &Quality) {
    let (consent, all) = (&quality.consent, quality.customers.sendable);
    page.gap();
    let head = format!("{:<14}{:>18}{:>18}{:>18}", "consent", "allowed", "blocked", "unknown");
    page.line(Style::Bold, 0, &head);
    for (label, counts) in [("call", consent.call), ("text", consent.text), ("e-mail", consent.email)] {
        let ChannelCounts { allowed, blocked, unknown } = counts;
        let shares = [allowed, blocked, unknown].map(|n| share(n, all)).concat();
        page.line(Style::Plain, 2, &format!("{label:<12}{shares}"));
    }
}

/// All causes of one kind; `of` is how many of what have one.
fn write_troubles(page: &mut Page, title: &str, of: &[(u64, &str)], troubles: &[Trouble]) {
    page.gap();
    if troubles.is_empty() {
        return page.line(Style::Bold, 0, &format!("{title}: nothing"));
    }
    let some = of.iter().filter(|(n, _)| *n > 0).map(|(n, what)| count(*n, what));
    let what = some.collect::<Vec<_>>().join(" and ");
    let causes = count(troubles.len() as u64, "cause");
    page.line(Style::Bold, 0, &format!("{title}: {what}, {causes}"));
    for trouble in troubles {
        write_trouble(page, trouble);
    }
}

fn write_trouble(page: &mut Page, trouble: &Trouble) {
    let Trouble { code, count, fields, tip, examples } = trouble;
    let fields = match fields.iter().collect::<Vec<_>>().as_slice() {
        [] => String::new(),
        [(field, _)] => format!(" ({field})"),
        several => {
            let each: Vec<_> =
                several.iter().map(|(field, n)| format!("{field} {}", thousands(**n))).collect();
            format!(" ({})", each.join(", "))
        }
    };
    page.paragraph(Style::Yellow, &format!("{:>7}  ", thousands(*count)), &format!("{code}{fields}"));
    let message = examples.first().map(|example| example.message.as_str());
    let message = message.filter(|message| examples.iter().all(|example| example.message == *message));
    if let Some(message) = message {
        page.paragraph(Style::Plain, INDENT, message);
    }
    page.paragraph(Style::Dim, INDENT, &format!("-> {tip}"));
    for example in examples {
        write_example(page, example, message.is_none());
    }
}

/// `customers.csv:12  cellPhone ******`.
fn write_example(page: &mut Page, example: &Example, own_message: bool) {
    let Example { file, line, message, cells } = example;
    let masked = |shape: &str| if shape.is_empty() { "blank".to_owned() } else { shape.to_owned() };
    let parts: Vec<_> = cells.iter().map(|cell| format!("{} {}", cell.column, masked(&cell.shape))).collect();
    let cells = parts.join(", ");
    let said = match (own_message, cells.is_empty()) {
        (true, true) => format!(": {message}"),
        (true, false) => format!(": {message} ({cells})"),
        (false, _) => format!(" {cells}"),
    };
    page.paragraph(Style::Plain, INDENT, &format!("{file}:{line}{said}"));
}

fn write_first_load(page: &mut Page, quality: &Quality) {
    let load = &quality.first_load;
    page.gap();
    page.line(Style::Bold, 0, "a first load, where myKaarma has none of these customers");
    page.fixed_row("creates", &thousands(load.creates));
    let each = |n: u64| if n == 1 { "1 request".to_owned() } else { format!("{n} requests") };
    page.row(
        "requests",
        &format!(
            "{} ({} a create; an update, on later nights, takes {})",
            thousands(load.requests),
            load.requests_per_create,
            each(load.requests_per_update)
        ),
    );
    let at = format!("at {} a second", count(u64::from(load.per_second), "request"));
    page.row("time", &format!("{} {at}", duration(load.seconds.saturating_mul(1000))));
    if load.days > 0 {
        let budget = count(u64::from(load.per_day), "request");
        page.row("", &format!("{} with a budget of {budget} a day", count(load.days, "day")));
    }
}

/// A number and its share of a whole, in 18 columns: `     1,234   45.6%`.
fn share(n: u64, of: u64) -> String {
    format!("{:>10}{:>8}", thousands(n), percent(n, of))
}

/// Rounded down, so that only all is 100 %; a little is never nothing.
fn percent(n: u64, of: u64) -> String {
    if of == 0 {
        return "-".to_owned();
    }
    match u128::from(n) * 1000 / u128::from(of) {
        0 if n > 0 => "<0.1%".to_owned(),
        tenths => format!("{}.{}%", tenths / 10, tenths % 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_all_is_a_hundred_percent_and_a_little_is_not_nothing() {
        for (n, of, text) in [
            (0, 0, "-"),
            (0, 7, "0.0%"),
            (1, 100_000, "<0.1%"),
            (99_999, 100_000, "99.9%"),
            (7, 7, "100.0%"),
            (1, 3, "33.3%"),
        ] {
            assert_eq!(percent(n, of), text);
        }
    }
}
