//! [`Sheet`]: a sample's cells as they stand in its files, read without any code of ours.

use std::collections::BTreeMap;
use std::path::Path;

/// One row: its cells by column, trimmed names, untouched values. Columns without a header are `1`, `2` and so on.
pub(crate) type Cells = BTreeMap<String, String>;

/// How a sample is written.
pub(crate) struct Form {
    /// Between cells.
    pub(crate) delimiter: u8,
    /// Whether quotes quote.
    pub(crate) quotes: bool,
    /// Whether the first record names the columns.
    pub(crate) header: bool,
    /// The column of the customer key.
    pub(crate) key: &'static str,
    /// The column of what `samples/README.md` calls a customer by, where that is another one.
    pub(crate) called: &'static str,
}

/// How the files of `profile` are written, where `first` is the first of them.
pub(crate) fn form(profile: &str, first: &str) -> Form {
    let (delimiter, quotes, header, key) = match profile {
        "dealervault-sl" | "dealervault-sv" => (b'\t', false, true, "Customer Number"),
        "authenticom-sv" => (b'\t', false, true, "CustomerNumber"),
        "tekion" if first.contains("variant-b") => (b',', true, true, "contact_id"),
        "tekion" => (b',', true, true, "customer number"),
        "dealertrack" => (b',', true, true, "CustomerNumber"),
        "pbs" => (b',', true, true, "ContactId"),
        "sidekick" => (b'|', false, true, "Customer ID"),
        "reynolds-report" => (b',', true, false, "1"),
        _ => (b',', true, true, "customerKey"),
    };
    Form { delimiter, quotes, header, key, called: if profile == "pbs" { "ContactCode" } else { key } }
}

/// All rows of a sample's files, in order.
pub(crate) struct Sheet {
    pub(crate) form: Form,
    pub(crate) rows: Vec<Cells>,
    /// Line ends in the files.
    pub(crate) lines: usize,
}

impl Sheet {
    /// Reads the files that `input` names below `samples/`.
    pub(crate) fn of(profile: &str, input: &[&str]) -> Self {
        let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
        let mut sheet = Self { form: form(profile, input[0]), rows: Vec::new(), lines: 0 };
        for pattern in input {
            for path in glob::glob(samples.join(pattern).to_str().unwrap()).unwrap() {
                let bytes = std::fs::read(path.unwrap()).unwrap();
                let pinned = if profile == "pbs" { encoding_rs::WINDOWS_1252 } else { encoding_rs::UTF_8 };
                let (text, _, spoilt) = pinned.decode(&bytes);
                assert!(!spoilt, "{pattern}");
                sheet.lines += text.matches('\n').count();
                sheet.read(&text);
            }
        }
        sheet
    }

    fn read(&mut self, text: &str) {
        let Form { delimiter, quotes, header, .. } = self.form;
        let mut reader = csv::ReaderBuilder::new();
        reader.delimiter(delimiter).quoting(quotes).has_headers(false);
        let mut records =
            reader.from_reader(text.as_bytes()).into_records().map(Result::unwrap).filter(|r| r.len() > 1);
        let names: Vec<String> = if header {
            records.next().unwrap().iter().map(|name| name.trim().to_owned()).collect()
        } else {
            (1..=99).map(|number: u8| number.to_string()).collect()
        };
        self.rows
            .extend(records.map(|record| {
                names.iter().cloned().zip(record.iter().map(str::to_owned)).collect::<Cells>()
            }));
    }

    /// The rows of the customer that is called so, in order.
    pub(crate) fn rows_of(&self, called: &str) -> Vec<&Cells> {
        self.rows
            .iter()
            .filter(|row| row.get(self.form.called).is_some_and(|cell| cell.trim() == called))
            .collect()
    }

    /// The key of the customer that is called so.
    pub(crate) fn key_of(&self, called: &str) -> String {
        self.rows_of(called)
            .first()
            .map_or_else(|| called.to_owned(), |row| row[self.form.key].trim().to_owned())
    }
}
