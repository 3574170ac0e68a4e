//! One vehicle: its VIN, and whether the remote would take it. The remote's rule: a VIN, or else year, make and
//! model; a key alone is not enough.

use super::codes::{self, Rule};
use super::findings::Findings;
use crate::domain::policy::InvalidVin;
use crate::domain::{Claim, Field, Position, Vehicle, VehicleDraft, Vin, VinFault};

/// What stands in a vehicle's VIN column.
enum Column {
    /// A VIN that may be sent.
    Vin(Vin),
    /// Something that is none.
    Invalid,
    /// Nothing.
    Nothing,
}

/// Whether the vehicle can be told from every other: it has a VIN that may be sent, or none and a key. Rows without any
/// vehicle have nothing to tell.
pub(super) fn is_told(draft: &VehicleDraft) -> bool {
    match draft.vin.value() {
        Some(text) => Vin::parse(text).is_ok(),
        None => draft.key.value().is_some() || is_empty(draft),
    }
}

/// Rows of customers without a vehicle have nothing but blanks, or a flag, in its columns.
fn is_empty(draft: &VehicleDraft) -> bool {
    let VehicleDraft { at: _, vin, key, year, make, model, trim, engine, color, plate, mileage, owned: _ } =
        draft;
    let says = [vin, key, year, make, model, trim, engine, color, plate, mileage];
    says.iter().all(|part| part.value().is_none())
}

/// The vehicle that may be sent; `None` where there is none, which a warning or a violation tells.
pub(super) fn judge(draft: VehicleDraft, invalid: InvalidVin, findings: &mut Findings) -> Option<Vehicle> {
    let empty = is_empty(&draft);
    let VehicleDraft { at, vin, key, year, make, model, trim, engine, color, plate, mileage, owned } = draft;
    let described = [&year, &make, &model].iter().all(|part| part.value().is_some());
    let vin = match read(&vin, invalid, &at, findings) {
        Column::Vin(vin) => Some(vin),
        Column::Invalid | Column::Nothing if described => None,
        Column::Invalid => {
            if invalid == InvalidVin::Drop {
                findings.warn(codes::VEHICLE_DROPPED, Field::Vin, &at, &[]);
            }
            return None;
        }
        Column::Nothing => {
            if !empty {
                findings.warn(codes::VEHICLE_INCOMPLETE, Field::Vin, &at, &[]);
            }
            return None;
        }
    };
    Some(Vehicle { vin, key, year, make, model, trim, engine, color, plate, mileage, owned })
}

/// Judges the VIN column.
fn read(vin: &Claim<String>, invalid: InvalidVin, at: &Position, findings: &mut Findings) -> Column {
    let Some(text) = vin.value() else { return Column::Nothing };
    match Vin::parse(text) {
        Ok(vin) => {
            if !vin.check_digit_holds() {
                findings.warn(codes::VIN_CHECK_DIGIT_FOREIGN, Field::Vin, at, &[]);
            }
            Column::Vin(vin)
        }
        Err(fault) => {
            let (rule, number, hint) = explain(fault, text);
            match invalid {
                InvalidVin::Reject => findings.violate(rule, Some(Field::Vin), &[&number, &hint]),
                InvalidVin::Drop => findings.warn(rule, Field::Vin, at, &[&number, &hint]),
            }
            Column::Invalid
        }
    }
}

/// The rule that `fault` breaks, the place or count that its message has a hole for, and what the text looks like.
fn explain(fault: VinFault, text: &str) -> (Rule, usize, &'static str) {
    match fault {
        VinFault::Length(length) => {
            let hint = match length {
                8 => ": it looks like the last eight of one",
                11..=13 => ": it looks like a number from before 1981",
                _ => "",
            };
            (codes::VIN_LENGTH, length, hint)
        }
        VinFault::Alphabet(position) => {
            let hint =
                if mends(text) { ": I as 1, O and Q as 0 would make the check digit right" } else { "" };
            (codes::VIN_ALPHABET, position, hint)
        }
        VinFault::Placeholder => (codes::VIN_PLACEHOLDER, 0, ""),
        VinFault::CheckDigit => (codes::VIN_CHECK_DIGIT, 0, ""),
    }
}

/// Whether reading I as 1, and O and Q as 0, gives a VIN whose check digit is right. It is proposed, never done:
/// a guess at somebody's car is not ours to send.
fn mends(text: &str) -> bool {
    let mended = text.replace('I', "1").replace(['O', 'Q'], "0");
    Vin::parse(&mended).is_ok_and(|vin| vin.check_digit_holds())
}
