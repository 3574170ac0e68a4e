//! A profile's layouts from its TOML: which columns there are, and what they say.
//!
//! The keys of a layout stand at the top of the profile, or where it has several layouts, in each `[[layouts]]`.

use std::collections::{BTreeMap, BTreeSet};

use super::error::Mistake;
use super::fold::{did_you_mean, fold};
use super::layout::{ColumnRule, ConsentRule, FlagRule, Layout, Polarity, Rows};
use super::parse_file::ColumnNames;
use super::toml_table::{Source, Table, Value, text_of};
use crate::domain::{Field, Presence, Slot};

/// The keys of a layout, wherever it stands.
pub(super) const KEYS: [&str; 3] = ["columns", "consent", "skip"];

/// The channels of `[consent]`, by their names in a profile.
pub(super) const CHANNELS: [(&str, Field); 3] =
    [("call", Field::OkToCall), ("text", Field::OkToText), ("email", Field::OkToEmail)];

/// The only layout of a profile: its keys stand at the top.
pub(super) fn only(source: &Source<'_>, root: &Table<'_, '_>, columns: ColumnNames) -> Layout {
    Reader { source, columns, named: BTreeMap::new() }.layout(root, String::new(), Rows::Customers)
}

/// Each of several layouts.
pub(super) fn several(
    source: &Source<'_>,
    list: &Value<'_, '_>,
    columns: ColumnNames,
) -> Result<Vec<Layout>, Mistake> {
    let wanted = "a list of tables: [[layouts]]";
    let mut layouts: Vec<Layout> = Vec::new();
    for item in list.list(wanted)? {
        let keys = [&["name", "rows"][..], &KEYS].concat();
        let table = item.table("[[layouts]]", &keys)?;
        let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let name = table.need("name").and_then(|value| source.keep(value.read("a text", text)));
        let rows = table.read("rows", |value| {
            value.choice(&[("customers", Rows::Customers), ("vehicles", Rows::Vehicles)])
        });
        let reader = Reader { source, columns, named: BTreeMap::new() };
        layouts.push(reader.layout(&table, name.unwrap_or_default(), rows.unwrap_or(Rows::Customers)));
    }
    if layouts.iter().any(|layout| layout.rows == Rows::Customers) {
        for what in confusable(&layouts) {
            source.note(list.invalid(what));
        }
        return Ok(layouts);
    }
    Err(list.wrong("a list in which one layout, at least, has rows = \"customers\""))
}

/// Layouts whose files would be taken for those of another one too: a file is of every layout whose required columns it has.
fn confusable(layouts: &[Layout]) -> Vec<String> {
    let taken_for = |file: &Layout, other: &Layout| {
        let names: BTreeSet<String> = file.names().collect();
        let mut required = other.columns.iter().filter(|rule| rule.required);
        required.all(|rule| rule.names.iter().any(|name| names.contains(&fold(name))))
    };
    let pairs = layouts.iter().flat_map(|file| layouts.iter().map(move |other| (file, other)));
    let confused = pairs.filter(|(file, other)| file.name != other.name && taken_for(file, other));
    let what = |(file, other): (&Layout, &Layout)| {
        format!(
            "a file of {:?} may be taken for one of {:?} too: mark a column there as required that {:?} does not have, as in \
             {{ names = [\"…\"], required = true }}",
            file.name, other.name, file.name
        )
    };
    confused.map(what).collect()
}

/// What reads one layout.
struct Reader<'s> {
    source: &'s Source<'s>,
    columns: ColumnNames,
    /// What each column name, folded, is already.
    named: BTreeMap<String, String>,
}

impl Reader<'_> {
    fn layout(mut self, table: &Table<'_, '_>, name: String, rows: Rows) -> Layout {
        let mut layout = Layout {
            name,
            rows,
            columns: Vec::new(),
            full_name: Vec::new(),
            phones: Vec::new(),
            consent: Vec::new(),
            flags: Vec::new(),
        };
        if let Some(columns) = table.need("columns") {
            let before = self.source.mistakes();
            let entries = self.source.keep(columns.table("[columns]", &[])).map(|table| table.entries());
            for (key, value) in entries.unwrap_or_default() {
                let read = self.column(&mut layout, key, &value);
                self.source.keep(read);
            }
            // One that is misspelt is not lacking too.
            let whole = self.source.mistakes() == before;
            if whole && !layout.columns.iter().any(|rule| rule.slot == Slot::first(Field::CustomerKey)) {
                self.source.note(columns.wrong("a table that names the column of customerKey"));
            }
        }
        if let Some(table) = table.table("consent", "[consent]", &["call", "text", "email", "opt_out"]) {
            layout.consent = self.consent(&table);
        }
        if let Some(table) = table.table("skip", "[skip]", &["deleted", "inactive"]) {
            layout.flags = self.flags(&table);
        }
        layout
    }

    /// One key of `[columns]`.
    fn column(
        &mut self,
        layout: &mut Layout,
        key: &toml::Spanned<toml::de::DeString<'_>>,
        value: &Value<'_, '_>,
    ) -> Result<(), Mistake> {
        let of = text_of(key);
        let names = match of {
            "fullName" | "phones" => {
                let names = self.names(value)?;
                let place = if of == "phones" { &mut layout.phones } else { &mut layout.full_name };
                place.clone_from(&names);
                names
            }
            _ => {
                let slot = slot(of).ok_or_else(|| self.source.mistake(&key.span(), no_field(of)))?;
                let rule = self.rule(slot, *value)?;
                layout.columns.push(rule.clone());
                rule.names
            }
        };
        for name in names {
            if fold(&name).is_empty() {
                self.source.note(value.wrong("named by letters or digits"));
                continue;
            }
            let claimed = self.claim(&name, of).map_err(|what| self.source.mistake(&key.span(), what));
            self.source.keep(claimed);
        }
        Ok(())
    }

    /// Takes note that a column of that name is `what`; the reason where it is something else already.
    fn claim(&mut self, name: &str, what: &str) -> Result<(), String> {
        match self.named.insert(fold(name), what.to_owned()).filter(|other| other != what) {
            Some(other) => {
                Err(format!("{name:?} names {what}, and {other} already; a column has one meaning"))
            }
            None => Ok(()),
        }
    }

    /// Names of columns; where files have no header, numbers from 1.
    fn names(&self, value: &Value<'_, '_>) -> Result<Vec<String>, Mistake> {
        match self.columns {
            ColumnNames::Header => return value.texts(),
            ColumnNames::Unknown => return Ok(Vec::new()),
            ColumnNames::Numbers => {}
        }
        let wanted = "the number of a column, from 1, for files without a header";
        let number = |item: &Value<'_, '_>| {
            item.small().map(|n| format!("column_{n}")).map_err(|_| item.wrong(wanted))
        };
        if value.is_list() {
            value.list(wanted)?.iter().map(number).collect()
        } else {
            Ok(vec![number(value)?])
        }
    }

    fn rule(&self, slot: Slot, value: Value<'_, '_>) -> Result<ColumnRule, Mistake> {
        let is_key = slot.field == Field::CustomerKey;
        if !value.is_table() {
            return Ok(ColumnRule { slot, names: self.names(&value)?, required: is_key });
        }
        let table = value.table("the column's table", &["names", "required"])?;
        let required = table.read("required", Value::boolean).unwrap_or(is_key);
        if is_key && !required {
            self.source.note(value.wrong("required: without it nobody can be told apart"));
        }
        let names = table.get("names").ok_or_else(|| value.wrong("a table with the key \"names\""))?;
        Ok(ColumnRule { slot, names: self.names(&names)?, required })
    }

    /// `[consent]`: per channel, columns by polarity; `opt_out` blocks all channels.
    fn consent(&mut self, table: &Table<'_, '_>) -> Vec<ConsentRule> {
        let mut rules = Vec::new();
        for (key, channel) in CHANNELS {
            let legal = [&Polarity::ALL.map(|(name, _)| name)[..], &["required"]].concat();
            let Some(asked) = table.table(key, "the channel's table", &legal) else { continue };
            let required = asked.read("required", Value::boolean).unwrap_or_default();
            for (name, polarity) in Polarity::ALL {
                let Some(value) = asked.get(name) else { continue };
                let names = self.flag_names(&value);
                rules.extend(names.into_iter().map(|name| ConsentRule { channel, polarity, name, required }));
            }
        }
        let Flags { names, words: _, required } = self.flag(table, "opt_out", &["names", "required"]);
        for name in names {
            let polarity = Polarity::Block;
            let block = |(_, channel)| ConsentRule { channel, polarity, name: name.clone(), required };
            rules.extend(CHANNELS.map(block));
        }
        if let Some((_, value)) = table.entries().first() {
            for name in asked_twice(&rules) {
                self.source.note(value.invalid(format!(
                    "{name:?} is asked both whether somebody may be contacted and whether not: one of them undoes opt-outs"
                )));
            }
        }
        rules
    }

    /// `[skip]`: columns that say that a customer is to be left alone.
    fn flags(&mut self, table: &Table<'_, '_>) -> Vec<FlagRule> {
        let mut rules = Vec::new();
        for (key, presence) in [("deleted", Presence::Deleted), ("inactive", Presence::Inactive)] {
            let Flags { names, words, required } = self.flag(table, key, &["names", "words", "required"]);
            if !names.is_empty() {
                rules.push(FlagRule { presence, names, words, required });
            }
        }
        rules
    }

    /// One key whose columns are flags: their names alone, or a table with these keys.
    fn flag<'t>(&mut self, table: &Table<'t, '_>, key: &'t str, legal: &[&str]) -> Flags {
        let Some(value) = table.get(key) else { return Flags::default() };
        if !value.is_table() {
            return Flags { names: self.flag_names(&value), ..Flags::default() };
        }
        let Some(table) = table.table(key, "the flag's table", legal) else { return Flags::default() };
        Flags {
            names: table.need("names").map(|names| self.flag_names(&names)).unwrap_or_default(),
            words: table.read("words", Value::texts).unwrap_or_default(),
            required: table.read("required", Value::boolean).unwrap_or_default(),
        }
    }

    /// Names of columns that are flags: several channels may ask one column, but it has no other meaning.
    fn flag_names(&mut self, value: &Value<'_, '_>) -> Vec<String> {
        let names = self.source.keep(self.names(value)).unwrap_or_default();
        for name in &names {
            let claimed = self.claim(name, "a flag").map_err(|what| value.invalid(what));
            self.source.keep(claimed);
        }
        names
    }
}

/// Columns whose yes would both allow and block.
fn asked_twice(rules: &[ConsentRule]) -> BTreeSet<&str> {
    let blocks = |rule: &&ConsentRule| rule.polarity == Polarity::Block;
    let blocking: BTreeSet<_> = rules.iter().filter(blocks).map(|rule| fold(&rule.name)).collect();
    let others = rules.iter().filter(|rule| !blocks(rule));
    others.filter(|rule| blocking.contains(&fold(&rule.name))).map(|rule| rule.name.as_str()).collect()
}

/// What a profile says of columns that are flags.
#[derive(Default)]
struct Flags {
    names: Vec<String>,
    words: Vec<String>,
    required: bool,
}

/// `email`, or `email.2` for the second column of that field. Key and date have one column each.
fn slot(text: &str) -> Option<Slot> {
    let Some((name, ordinal)) = text.split_once('.') else { return Field::parse(text).map(Slot::first) };
    let field = Field::parse(name).filter(|f| !matches!(f, Field::CustomerKey | Field::UpdatedAt))?;
    let ordinal = ordinal.parse().ok().filter(|n| *n > 1 && !ordinal.starts_with(['0', '+']))?;
    Some(Slot { field, ordinal })
}

fn no_field(key: &str) -> String {
    let name = key.split_once('.').map_or(key, |(name, _)| name);
    let legal = || Field::ALL.iter().map(|field| field.as_str()).chain(["fullName", "phones"]);
    match Field::parse(name) {
        Some(field) => format!(
            "{key:?}: the second column of a field is \"{field}.2\", and so on; customerKey and updatedAt have one"
        ),
        None => format!(
            "{key:?} is no field{} (legal: {})",
            did_you_mean(name, legal()),
            legal().collect::<Vec<_>>().join(", ")
        ),
    }
}
