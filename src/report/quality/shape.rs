//! [`shape`]: what may be said of a cell that is wrong. Decides nothing about what is personal: `mask` does.

use super::super::mask::mask;
use crate::domain::Field;

/// The mask of what stands in a cell, empty where it is blank.
///
/// Stricter than [`mask`]: where columns are shifted, any cell may hold anybody's name, so the fields that other
/// reports show are masked as text here.
pub fn shape(field: Field, cell: &str) -> String {
    let cell = cell.trim();
    match field {
        Field::HomePhone | Field::WorkPhone | Field::CellPhone | Field::Email | Field::Vin => {
            mask(field, cell).into_owned()
        }
        _ => mask(Field::LastName, cell).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_field_is_open() {
        for field in Field::ALL {
            let shown = shape(*field, " Quillfeather ");
            assert!(!shown.is_empty() && !shown.contains(char::is_alphanumeric), "{field}: {shown}");
            assert_eq!(shape(*field, " \t"), "");
        }
        assert_eq!(shape(Field::CellPhone, "+12065550143"), "+1********43");
    }
}
