//! [`Reader`]: layers and rules to typed settings, all problems on the way; [`Table`]: settings that stand together.

use std::collections::BTreeMap;

use super::layer::{Layer, Stated};
use super::problem::{Origin, Problem};
use super::rule::{Refusal, Rule};

/// Settings that stand together in the file, declared once with [`table!`].
pub(super) trait Table: Sized {
    /// Their dotted keys.
    fn keys() -> Vec<String>;

    /// Reads all of them, so that every problem is found; `None` where there was one.
    fn read(reader: &mut Reader<'_>) -> Option<Self>;

    /// Their keys and TOML values, in the order of the file; secrets masked.
    fn write(&self, out: &mut Vec<(String, String)>);
}

/// Declares a table: fields, keys and rules in one place, so that none is read and not written, or not documented.
/// A field after `+` is a table of its own.
macro_rules! table {
    (
        $(#[$doc:meta])*
        $vis:vis struct $name:ident {
            $($(#[$fdoc:meta])* $field:ident: $type:ty = $key:literal, $rule:expr;)*
            $(+ $(#[$tdoc:meta])* $table:ident: $ttype:ty;)*
        }
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq)]
        $vis struct $name {
            $($(#[$fdoc])* pub $field: $type,)*
            $($(#[$tdoc])* pub $table: $ttype,)*
        }

        impl $crate::config::reader::Table for $name {
            fn keys() -> Vec<String> {
                let keys = vec![$($key.to_owned()),*];
                $(let keys = [keys, <$ttype as $crate::config::reader::Table>::keys()].concat();)*
                keys
            }

            fn read(reader: &mut $crate::config::reader::Reader<'_>) -> Option<Self> {
                $(let $field = reader.read($key, &$rule);)*
                $(let $table = <$ttype as $crate::config::reader::Table>::read(reader);)*
                Some(Self { $($field: $field?,)* $($table: $table?,)* })
            }

            fn write(&self, out: &mut Vec<(String, String)>) {
                use $crate::config::rule::Rule as _;
                $(out.push(($key.to_owned(), $rule.write(&self.$field)));)*
                $(<$ttype as $crate::config::reader::Table>::write(&self.$table, out);)*
            }
        }
    };
}
pub(super) use table;

/// Reads settings out of layers, of which the last has the last word.
pub(super) struct Reader<'a> {
    /// From the weakest to the strongest.
    pub(super) layers: &'a [&'a Layer],
    /// What messages put before a key: nothing, or `department.`.
    pub(super) owner: &'static str,
    /// Where a missing value is to be added.
    pub(super) home: Origin,
    /// What was wrong so far.
    pub(super) problems: Vec<Problem>,
    /// Where each value came from.
    pub(super) origins: BTreeMap<String, Origin>,
}

impl<'a> Reader<'a> {
    /// A reader of `layers`.
    pub(super) fn new(layers: &'a [&'a Layer], owner: &'static str, home: Origin) -> Self {
        Self { layers, owner, home, problems: Vec::new(), origins: BTreeMap::new() }
    }

    /// The value of `key` in the strongest layer that states it, where no layer states a wrong one. A layer that is
    /// overridden is judged all the same: its turn comes when the override goes.
    pub(super) fn read<T>(&mut self, key: &str, rule: &impl Rule<T>) -> Option<T> {
        let mut value = None;
        let mut sound = true;
        for layer in self.layers {
            let Some(stated) = layer.values.get(key) else { continue };
            let built_in = stated.at == Origin::Default;
            match judge(stated, rule, layer) {
                Ok(read) => {
                    self.origins.insert(key.to_owned(), stated.at.clone());
                    value = Some(read);
                }
                // Built in as empty because only the operator can know it, and the operator says it.
                Err(_) if built_in && self.is_stated(key) => {}
                Err(text) => {
                    let at = if built_in { &self.home } else { &stated.at };
                    self.problems.push(Problem::new(at, format!("{}{key}", self.owner), text));
                    sound = false;
                }
            }
        }
        value.filter(|_| sound)
    }

    /// As [`Reader::read`], for a key that has no entry among the built-in values: the default of its type.
    pub(super) fn read_or_default<T: Default>(&mut self, key: &str, rule: &impl Rule<T>) -> Option<T> {
        if self.is_stated(key) { self.read(key, rule) } else { Some(T::default()) }
    }

    /// Whether any layer but the built-in one states `key`.
    pub(super) fn is_stated(&self, key: &str) -> bool {
        self.layers
            .iter()
            .any(|layer| layer.values.get(key).is_some_and(|stated| stated.at != Origin::Default))
    }
}

/// The value in what is stated, or what is wrong with it: the first reading's trouble, since it is the likeliest.
fn judge<T>(stated: &Stated, rule: &impl Rule<T>, layer: &Layer) -> Result<T, String> {
    let mut trouble = None;
    for raw in &stated.readings {
        let text = match rule.read(raw, &layer.base) {
            Ok(value) => return Ok(value),
            Err(Refusal::Because(text)) => text,
            Err(Refusal::Illegal) if rule.is_secret() => format!("must be {}", rule.legal()),
            Err(Refusal::Illegal) => format!("must be {}, not {raw}", rule.legal()),
        };
        trouble.get_or_insert(text);
    }
    Err(trouble.unwrap_or_default())
}
