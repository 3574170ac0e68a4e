//! [`respelled`]: the same table in another hand. Every rule here changes how a value is written, and not what it says.

use super::table::Table;

/// Chance that can be repeated.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Less than `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end).unwrap()).unwrap()
    }

    fn one_of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.below(choices.len())]
    }
}

/// The table as a file, with other cells, another order of columns, other names of columns, another way to write a file.
pub(crate) fn respelled(table: &Table, dice: &mut Dice) -> Vec<u8> {
    let mut order: Vec<usize> = (0..table.header.len()).collect();
    for at in (1..order.len()).rev() {
        order.swap(at, dice.below(at + 1));
    }
    let names: Vec<String> =
        table.header.iter().map(|name| String::from_utf8(name.clone()).unwrap()).collect();
    let ends = if dice.below(2) == 0 { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') };
    let quotes = if dice.below(2) == 0 { csv::QuoteStyle::Always } else { csv::QuoteStyle::Necessary };
    let mut out = csv::WriterBuilder::new().terminator(ends).quote_style(quotes).from_writer(Vec::new());
    out.write_record(order.iter().map(|at| heading(&names[*at], dice))).unwrap();
    for row in &table.rows {
        let cell = |at: &usize| cell(&names[*at], std::str::from_utf8(&row[*at]).unwrap(), dice);
        let cells: Vec<_> = order.iter().map(cell).collect();
        out.write_record(cells).unwrap();
    }
    let text = String::from_utf8(out.into_inner().unwrap()).unwrap();
    match dice.below(4) {
        0 => text.into_bytes(),
        1 => format!("\u{feff}{text}").into_bytes(),
        2 => text.trim_end().to_owned().into_bytes(),
        _ => "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect(),
    }
}

/// `firstName` as `First Name`, `first_name`, `FIRSTNAME`…
fn heading(name: &str, dice: &mut Dice) -> String {
    let apart = |by: &str| {
        let each = name.chars().map(|c| if c.is_uppercase() { format!("{by}{c}") } else { c.to_string() });
        each.collect::<String>()
    };
    match dice.below(6) {
        0 => name.to_uppercase(),
        1 => name.to_lowercase(),
        2 => apart(" "),
        3 => apart("_").to_lowercase(),
        4 => format!(" {name} "),
        _ => name.to_owned(),
    }
}

fn cell(column: &str, raw: &str, dice: &mut Dice) -> String {
    let text = raw.trim();
    if text.is_empty() {
        return dice.one_of(&["", "", " "]).to_owned();
    }
    let said = match column {
        "homePhone" | "workPhone" | "cellPhone" => phone(text, dice),
        "email" | "state" | "country" | "preferredLocale" | "vehicleKey" if column != "vehicleKey" => {
            case(text, dice)
        }
        "vin" => vin(text, dice),
        "zip" => zip(text, dice),
        "okToCall" | "okToText" | "okToEmail" | "isBusiness" | "vehicleIsValid" => flag(text, dice),
        "estimatedMileage" => mileage(text, dice),
        "vehicleYear" if text.len() == 4 => format!("{text}{}", dice.one_of(&["", ".0"])),
        "updatedAt" => date(text, dice),
        "customerKey" => text.to_owned(),
        _ => text.split(' ').collect::<Vec<_>>().join(dice.one_of(&[" ", " ", "  "])),
    };
    let (before, after) = (dice.one_of(&["", "", " "]), dice.one_of(&["", "", "  "]));
    format!("{before}{said}{after}")
}

fn case(text: &str, dice: &mut Dice) -> String {
    match dice.below(3) {
        0 => text.to_uppercase(),
        1 => text.to_lowercase(),
        _ => text.to_owned(),
    }
}

/// A whole number and nothing else, in another of its forms; anything else as it is.
fn phone(text: &str, dice: &mut Dice) -> String {
    let mut digits: String = text.chars().filter(char::is_ascii_digit).collect();
    if digits.len() == 11 && digits.starts_with('1') {
        digits.remove(0);
    }
    let plain = text.chars().all(|c| c.is_ascii_digit() || " ().-+".contains(c));
    if !plain || digits.len() != 10 || digits.starts_with('0') {
        return text.to_owned();
    }
    let (area, exchange, line) = (&digits[..3], &digits[3..6], &digits[6..]);
    match dice.below(9) {
        0 => digits,
        1 => format!("({area}) {exchange}-{line}"),
        2 => format!("({area}){exchange}-{line}"),
        3 => format!("{area}-{exchange}-{line}"),
        4 => format!("{area}.{exchange}.{line}"),
        5 => format!("+1{digits}"),
        6 => format!("1-{area}-{exchange}-{line}"),
        7 => format!("+1 {area}\u{a0}{exchange}\u{2013}{line}"),
        _ => format!("{area} {exchange} {line}"),
    }
}

fn vin(text: &str, dice: &mut Dice) -> String {
    let text: String = text.chars().filter(|c| *c != ' ').collect();
    let text = case(&text, dice);
    if text.is_ascii() && text.len() == 17 && dice.below(3) == 0 {
        return format!("{} {}", &text[..8], &text[8..]);
    }
    text
}

fn zip(text: &str, dice: &mut Dice) -> String {
    let text = if text.chars().any(char::is_alphabetic) { case(text, dice) } else { text.to_owned() };
    if dice.below(2) == 0 { text.replace(['-', ' '], "") } else { text }
}

/// Words for yes, words for no; other words as they are.
fn flag(text: &str, dice: &mut Dice) -> String {
    const YES: [&str; 8] = ["Y", "y", "1", "T", "True", "yes", "YES", "X"];
    const NO: [&str; 8] = ["N", "n", "0", "F", "False", "no", "NO", "FALSE"];
    let is = |words: &[&str]| words.iter().any(|word| word.eq_ignore_ascii_case(text));
    match () {
        () if is(&YES) => dice.one_of(&YES).to_owned(),
        () if is(&NO) => dice.one_of(&NO).to_owned(),
        () => text.to_owned(),
    }
}

fn mileage(text: &str, dice: &mut Dice) -> String {
    let plain: String = text.chars().filter(|c| *c != ',').collect();
    if plain.len() < 4 || plain.len() > 6 || !plain.chars().all(|c| c.is_ascii_digit()) {
        return text.to_owned();
    }
    let (thousands, rest) = plain.split_at(plain.len() - 3);
    match dice.below(3) {
        0 => format!("{thousands},{rest}"),
        1 => format!("{plain}.0"),
        _ => plain,
    }
}

/// `2026-09-08 14:30:05` in another format of the layout.
fn date(text: &str, dice: &mut Dice) -> String {
    let Some((date, time)) = text.split_once([' ', 'T']) else { return text.to_owned() };
    let parts: Vec<_> = date.split('-').collect();
    let [year, month, day] = parts[..] else { return text.to_owned() };
    match dice.below(4) {
        0 => format!("{year}-{month}-{day}T{time}"),
        1 => format!("{month}/{day}/{year} {time}"),
        2 => format!("{year}{month}{day} {time}"),
        _ => text.to_owned(),
    }
}
