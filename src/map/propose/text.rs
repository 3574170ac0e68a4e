//! Text of a proposal: names as TOML, and what values look like, without quoting any.

/// What the values of a column look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Guess {
    Email,
    Vin,
    Phone,
    Flag,
}

impl Guess {
    /// For a person.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Email => "looks like e-mail addresses",
            Self::Vin => "looks like VINs",
            Self::Phone => "looks like phone numbers",
            Self::Flag => "looks like a flag",
        }
    }
}

/// What all of `cells` that are not blank look like.
pub(super) fn guess<'a>(cells: impl IntoIterator<Item = &'a str>) -> Option<Guess> {
    let cells: Vec<&str> = cells.into_iter().map(str::trim).filter(|cell| !cell.is_empty()).collect();
    let is: fn(Guess, &str) -> bool = |guess, cell| match guess {
        Guess::Email => is_email(cell),
        Guess::Vin => is_vin(cell),
        Guess::Phone => is_phone(cell),
        Guess::Flag => is_flag(cell),
    };
    let all = |guess: &Guess| !cells.is_empty() && cells.iter().all(|cell| is(*guess, cell));
    [Guess::Email, Guess::Vin, Guess::Phone, Guess::Flag].into_iter().find(all)
}

fn is_email(cell: &str) -> bool {
    cell.split_once('@').is_some_and(|(_, host)| host.contains('.'))
}

fn is_vin(cell: &str) -> bool {
    let letters = cell.bytes().any(|b| b.is_ascii_alphabetic());
    cell.len() == 17 && letters && cell.bytes().all(|b| b.is_ascii_alphanumeric())
}

fn is_phone(cell: &str) -> bool {
    let digits = cell.bytes().filter(u8::is_ascii_digit).count();
    (10..=11).contains(&digits) && cell.bytes().all(|b| b.is_ascii_digit() || b" ()-.+".contains(&b))
}

fn is_flag(cell: &str) -> bool {
    ["Y", "N", "T", "F", "YES", "NO", "TRUE", "FALSE"].iter().any(|word| cell.eq_ignore_ascii_case(word))
}

/// A text as TOML has it.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars().filter(|c| !c.is_control()) {
        if matches!(c, '"' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
    out
}

/// A text as a comment may hold it.
pub(super) fn comment(text: &str) -> String {
    const LENGTH: usize = 60;
    text.chars().take(LENGTH).collect()
}
