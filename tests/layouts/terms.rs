//! [`Case`]: one customer's rows and what became of them, and whether a term of `tests/data/facts/` holds of it.

use std::collections::BTreeMap;

use dms_sync::domain::{Address, Change, Claim, Email, Phone, Vehicle};

use super::sheet::Cells;

/// One customer.
pub(crate) struct Case<'a> {
    pub(crate) rows: &'a [&'a Cells],
    pub(crate) change: Option<&'a Change>,
    pub(crate) text: &'a str,
}

impl Case<'_> {
    fn cells(&self, column: &str) -> Vec<&str> {
        let cells: Vec<_> = self.rows.iter().filter_map(|row| row.get(column)).map(String::as_str).collect();
        assert!(!cells.is_empty(), "no column {column}");
        cells
    }

    fn values(&self, name: &str) -> Vec<String> {
        if name == "rows" {
            return vec![self.rows.len().to_string()];
        }
        self.change.map(|change| field(change, name)).unwrap_or_default()
    }

    /// Whether the term holds.
    pub(crate) fn holds(&self, term: &str) -> bool {
        if let Some((column, wanted)) = term.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            let (operator, wanted) = wanted.split_at(1);
            let wanted = wanted.replace("\\n", "\n");
            let is =
                |cell: &str| if operator == "=" { cell.trim() == wanted } else { cell.contains(&wanted) };
            return self.cells(column).into_iter().any(is);
        }
        if let Some(column) = term.strip_prefix("filled[") {
            return self.cells(column.trim_end_matches(']')).iter().any(|cell| !cell.trim().is_empty());
        }
        if let Some(absent) = term.strip_prefix("no ") {
            return if absent.starts_with("VIN |") {
                self.text.contains(term)
            } else {
                !self.text.contains(absent)
            };
        }
        if let Some(warning) = term.strip_prefix('!') {
            return self.text.contains(&format!("! {warning} "));
        }
        match term {
            "reachable" => return self.values("entries").iter().any(|count| count != "0"),
            "sent" => return self.change.is_some(),
            _ => {}
        }
        if term == "tidy" {
            return self
                .text
                .lines()
                .all(|line| line.trim_end() == line && !line.trim_start().contains("  "));
        }
        if let Some((name, column)) = term.trim_end_matches(']').split_once('[')
            && let Some((name, way)) = name.split_once('=')
        {
            return self.becomes(name, way, column);
        }
        match term.find([':', '~', '?']).map(|at| (&term[..at], &term[at..=at], &term[at + 1..])) {
            Some((name, operator, wanted)) if FIELDS.contains(&name) => {
                let is = |value: &String| match operator {
                    ":" => wanted.split('|').any(|wanted| wanted == value),
                    "~" => value.contains(wanted),
                    _ => {
                        shape(value) == wanted.replace('0', "9")
                            && wanted.starts_with('0') == value.starts_with('0')
                    }
                };
                let values = self.values(name);
                (values.is_empty() && wanted.ends_with("|none")) || values.iter().any(is)
            }
            _ => self.text.contains(term),
        }
    }

    /// Whether some cell becomes the field's value in this way.
    fn becomes(&self, name: &str, way: &str, column: &str) -> bool {
        let (way, already) = way.strip_suffix('!').map_or((way, way == "keep"), |way| (way, true));
        let values = self.values(name);
        self.cells(column).into_iter().filter(|cell| !cell.trim().is_empty()).any(|cell| {
            let after = match way {
                "lower" => cell.trim().to_lowercase(),
                "upper" if name == "vin" => cell.replace(' ', "").to_uppercase(),
                "upper" => cell.to_uppercase(),
                "trim" => cell.trim().to_owned(),
                "squeeze" => cell.split_whitespace().collect::<Vec<_>>().join(" "),
                "digits" => digits_of(cell),
                _ => cell.to_owned(),
            };
            (after == cell) == already && values.contains(&after)
        })
    }
}

pub(crate) fn digits_of(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

fn shape(text: &str) -> String {
    let class = |c: char| {
        if c.is_ascii_digit() {
            '9'
        } else if c.is_uppercase() {
            'A'
        } else {
            c
        }
    };
    text.chars().map(class).collect()
}

const FIELDS: [&str; 26] = [
    "rows",
    "first",
    "last",
    "company",
    "biz",
    "locale",
    "way",
    "cell",
    "home",
    "work",
    "entries",
    "mailboxes",
    "personal",
    "personal.2",
    "line1",
    "city",
    "state",
    "zip",
    "country",
    "vehicles",
    "vin",
    "year",
    "make",
    "plate",
    "miles",
    "owned",
];

/// A field's value as text, `-` where it is blank and `~` where it is silent; of vehicles, each one's.
pub(crate) fn field(change: &Change, name: &str) -> Vec<String> {
    let text = |claim: &Claim<String>| match claim {
        Claim::Silent => "~".to_owned(),
        Claim::Blank => "-".to_owned(),
        Claim::Value(text) => text.clone(),
    };
    let ours = &change.ours;
    let of_vehicles =
        |part: fn(&Vehicle) -> &Claim<String>| ours.vehicles.iter().map(|v| text(part(v))).collect();
    let claims = ours.name.claims();
    let address = ours.addresses.values().next().cloned().unwrap_or_default();
    let address = |part: fn(&Address) -> &Claim<String>| match &address {
        Claim::Value(address) => vec![text(part(address))],
        other => vec![if other.is_blank() { "-" } else { "~" }.to_owned()],
    };
    let slots: BTreeMap<String, String> = {
        let phones = ours.phones.iter().map(|(slot, claim)| {
            let numbers = |all: &Vec<Phone>| all.iter().map(Phone::national).collect::<Vec<_>>().join(",");
            (slot.to_string(), text(&claim.clone().map(|all| numbers(&all))))
        });
        let emails = ours.emails.iter().map(|(slot, claim)| {
            let all = |all: &Vec<Email>| all.iter().map(Email::as_str).collect::<Vec<_>>().join(",");
            (slot.to_string(), text(&claim.clone().map(|emails| all(&emails))))
        });
        phones.chain(emails).collect()
    };
    let one = |value: String| vec![value];
    match name {
        "first" => one(text(&claims.first)),
        "last" => one(text(&claims.last)),
        "company" => one(text(&claims.company)),
        "biz" => one(text(&claims.is_business.map(|yes| if yes { "business" } else { "person" }.to_owned()))),
        "locale" => one(text(&ours.preferred_locale.map(|locale| locale.as_str().to_owned()))),
        "way" => one(text(&ours.preferred_communication.map(|way| way.as_str().to_owned()))),
        "entries" => one(ours.phone_entries().len().to_string()),
        "mailboxes" => one(ours.email_entries().len().to_string()),
        "line1" => address(|address| &address.line1),
        "city" => address(|address| &address.city),
        "state" => address(|address| &address.state),
        "zip" => address(|address| &address.zip),
        "country" => address(|address| &address.country),
        "vehicles" => one(ours.vehicles.len().to_string()),
        "vin" => ours.vehicles.iter().filter_map(|v| Some(v.vin?.as_str().to_owned())).collect(),
        "year" => of_vehicles(|vehicle| &vehicle.year),
        "make" => of_vehicles(|vehicle| &vehicle.make),
        "plate" => of_vehicles(|vehicle| &vehicle.plate),
        "miles" => of_vehicles(|vehicle| &vehicle.mileage),
        "owned" => {
            let word = |yes: bool| if yes { "yes" } else { "no" }.to_owned();
            ours.vehicles.iter().map(|vehicle| text(&vehicle.owned.map(word))).collect()
        }
        slot => one(slots.get(slot).cloned().unwrap_or_else(|| "~".to_owned())),
    }
}
