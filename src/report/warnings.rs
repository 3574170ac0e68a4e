//! [`WarningsWriter`]: `warnings.csv`, one line per field that was repaired or dropped.
//!
//! Messages quote no value; the row that had it is named by file and line.

use std::path::PathBuf;

use crate::domain::{CustomerKey, Field, Finding, Warning};

use super::ReportError;
use super::cell::inert;
use super::sheet::Sheet;

const HEADER: [&str; 6] = ["customer_key", "source_file", "source_line", "field", "code", "message"];

/// Writes `warnings.csv`. What was written stays when it is dropped; [`WarningsWriter::finish`] makes it durable.
#[derive(Debug)]
pub struct WarningsWriter(Sheet);

impl WarningsWriter {
    pub(super) fn create(path: PathBuf) -> Result<Self, ReportError> {
        Sheet::create(path, HEADER).map(Self)
    }

    /// Adds one warning about the customer `key`; returns the lines so far, which `summary.json` counts as `warnings`.
    pub fn write(&mut self, key: &CustomerKey, warning: &Warning) -> Result<u64, ReportError> {
        let Warning { finding: Finding { code, field, message }, at } = warning;
        self.0.write([
            key.as_str(),
            &inert(at.as_ref().map_or("", |at| &at.file)),
            &at.as_ref().map(|at| at.line.to_string()).unwrap_or_default(),
            field.map_or("", Field::as_str),
            &inert(code),
            &inert(message),
        ])?;
        Ok(self.0.lines())
    }

    /// Makes the file durable, and says how many lines it has.
    pub fn finish(self) -> Result<u64, ReportError> {
        self.0.finish()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn a_warning_names_its_row_where_there_is_one() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("warnings.csv");
        let mut writer = WarningsWriter::create(path.clone()).unwrap();
        let key = sample::key("000176");
        let at_row = Warning {
            finding: Finding::on(
                Field::Vin,
                "vin.check_digit",
                "position 9 is not the check digit, so the VIN is left out",
            ),
            at: Some(sample::at(12)),
        };
        let of_the_api = Warning {
            finding: Finding::new("api.10005", "all phones of the customer were removed"),
            at: None,
        };
        assert_eq!(writer.write(&key, &at_row).unwrap(), 1);
        assert_eq!(writer.write(&key, &of_the_api).unwrap(), 2);
        assert_eq!(writer.finish().unwrap(), 2);
        insta::assert_snapshot!(std::fs::read_to_string(path).unwrap(), @r#"
        customer_key,source_file,source_line,field,code,message
        000176,exports/crm.csv,12,vin,vin.check_digit,"position 9 is not the check digit, so the VIN is left out"
        000176,,,,api.10005,all phones of the customer were removed
        "#);
    }
}
