//! What a person can do about a value that is repaired or dropped, and where to look for what is refused. What is wrong
//! is said by `normalize`, `validate` and `group`; rejections bring their own tip.

use crate::domain::Field;
use crate::validate::codes;

/// The columns to look at where a cause names none; by the subjects of its codes, the first that has some.
pub(super) fn fields_of(code: &str) -> &'static [Field] {
    use Field as F;
    let columns = |code: &str| -> &'static [Field] {
        match code.split('.').next().unwrap_or_default() {
            "name" => &[F::FirstName, F::LastName, F::Company, F::IsBusiness],
            "key" => &[F::CustomerKey],
            "vin" => &[F::Vin],
            "vehicle" => &[F::Vin, F::VehicleYear, F::VehicleMake, F::VehicleModel],
            _ => &[],
        }
    };
    code.split(';').map(columns).find(|fields| !fields.is_empty()).unwrap_or_default()
}

/// What to do about a warning with this code.
pub(super) fn of_warning(code: &str) -> &'static str {
    if let Some(rule) = codes::ALL.iter().find(|rule| rule.code == code) {
        return rule.tip;
    }
    known(code).unwrap_or("look at the value in the DMS, and correct it there")
}

fn known(code: &str) -> Option<&'static str> {
    Some(match code {
        "name.split" => "nothing, or put first and last name into their own fields in the DMS",
        "name.company_from_last" => "nothing, or move the name to the company field in the DMS",
        "name.business_assumed" => "nothing, or set the business flag in the DMS",
        "name.business_flag" | "vehicle.owned" => {
            "write Y or N, or check that the profile maps the right column"
        }
        "consent.unrecognised" => {
            "write Y or N, or check that the profile maps the right column: until then nothing is claimed"
        }
        "skip.unrecognised" => {
            "write Y or N, or name the words in the profile (words): until then the customer is synced"
        }
        "locale.unsupported" => "nothing: myKaarma has no other language",
        "communication.unsupported" => "nothing, or choose text, phone or email in the DMS",
        "address.state" | "address.zip" | "address.country" | "vehicle.year" | "vehicle.mileage" => {
            "correct it in the DMS, or check that the profile maps the right column"
        }
        "address.zip_padded" => "nothing, or export the column as text, not as a number",
        "address.zip_placeholder" | "phone.placeholder" | "email.placeholder" => {
            "nothing, or leave the field blank in the DMS"
        }
        "address.country_derived" => "nothing, or fill in the country in the DMS",
        "phone.extension" => "nothing: myKaarma has no place for an extension",
        "phone.note" => "keep notes elsewhere in the DMS",
        "phone.damaged" => "export again, and do not save the file from a spreadsheet",
        "phone.too_short" => "add the area code in the DMS",
        "phone.not_north_american" => "nothing: such a number cannot be sent",
        "phone.invalid" => "correct the number in the DMS, or check that the profile maps the right column",
        "email.repaired" => "nothing",
        "email.invalid" => "correct the address in the DMS, or check that the profile maps the right column",
        "row.older" => "nothing where a file came late; else correct the date of change in the DMS",
        "group.disagree" => "nothing, or make the customer's records agree in the DMS",
        "updated_at.unreadable" => "name the date's format in the profile, or correct the date in the DMS",
        "updated_at.future" => "correct the date in the DMS, or the clock of the machine that this runs on",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_warning_has_a_remedy_of_its_own() {
        for rule in crate::normalize::codes::ALL {
            assert!(known(rule.code).is_some(), "{}", rule.code);
        }
        for rule in codes::ALL {
            assert_eq!(of_warning(rule.code), rule.tip);
        }
    }

    #[test]
    fn joined_codes_point_at_columns() {
        assert_eq!(fields_of("row.fields"), [] as [Field; 0]);
        assert_eq!(fields_of("key.two_people;name.missing"), [Field::CustomerKey]);
    }
}
