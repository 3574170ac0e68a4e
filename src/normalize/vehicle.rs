//! One vehicle's columns. The VIN gets one spelling here; whether it is one is for `validate`.

use super::cells::{Cells, Notes, Read};
use super::codes;
use super::flag;
use super::text::{self, Nulls};
use crate::domain::{Claim, Field, SourceVehicle, Sourced, VehicleDraft};

/// The greatest odometer that is believed, in miles.
const MAX_MILES: u32 = 2_000_000;

/// Two-digit years up to this one are of this century. A fixed number, for what is sent must not depend on the
/// day it is read on.
const LAST_OF_2000S: u16 = 40;

/// The draft of one vehicle.
pub(super) fn vehicle(source: SourceVehicle, notes: &mut Notes) -> VehicleDraft {
    let SourceVehicle { at, fields } = source;
    let mut cells = Cells::new();
    for (slot, cell) in fields {
        cells.put(slot.field, cell);
    }
    let mut text = |field| cells.text(field, Nulls::Vehicle);
    let [key, make, model] = [Field::VehicleKey, Field::VehicleMake, Field::VehicleModel].map(&mut text);
    let [trim, engine, color] = [Field::VehicleTrim, Field::VehicleEngine, Field::Color].map(&mut text);
    let plate = text(Field::LicensePlate).map(|plate| plate.to_uppercase());
    VehicleDraft {
        at,
        vin: vin(cells.take(Field::Vin)),
        key,
        year: cells.read(Field::VehicleYear, notes, year),
        make,
        model,
        trim,
        engine,
        color,
        plate,
        mileage: cells.read(Field::EstimatedMileage, notes, mileage),
        owned: cells.read(Field::VehicleIsValid, notes, |text| flag::read(text, codes::VEHICLE_OWNED)),
    }
}

/// Capitals without spaces, dashes or the asterisks of a bar code. Zeros that are not as many as a VIN's
/// characters are an empty number.
fn vin(cell: Option<Sourced>) -> Claim<String> {
    let Some(Sourced { raw, .. }) = cell else { return Claim::Silent };
    let plain = raw.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    let vin = if plain { raw } else { compact(&raw) };
    let zeros = vin.bytes().all(|b| b == b'0') && vin.len() != 17;
    if zeros || text::is_null(&vin, Nulls::Vehicle) { Claim::Blank } else { Claim::Value(vin) }
}

fn compact(raw: &str) -> String {
    text::tidy(raw.to_owned())
        .chars()
        .filter(|c| !matches!(c, ' ' | '-' | '*' | '\u{2010}'..='\u{2015}'))
        .map(|c| c.to_ascii_uppercase())
        .collect()
}

/// Four digits; two digits are a year of 1941 to 2040; `2012.0` is what spreadsheets make of 2012.
fn year(text: &str) -> Read<String> {
    if text::is_null(text, Nulls::Vehicle) {
        return Ok(None);
    }
    let text = text.trim();
    let digits = text
        .split_once('.')
        .map_or(text, |(year, rest)| if rest.bytes().all(|b| b == b'0') { year } else { text });
    let legal = matches!(digits.len(), 2 | 4) && digits.bytes().all(|b| b.is_ascii_digit());
    let number: u16 = digits.parse().ok().filter(|_| legal).ok_or(codes::VEHICLE_YEAR)?;
    let year = match (digits.len(), number) {
        (2, number) if number <= LAST_OF_2000S => 2000 + number,
        (2, number) => 1900 + number,
        (_, number) => number,
    };
    if (1900..=2100).contains(&year) { Ok(Some(year.to_string())) } else { Err(codes::VEHICLE_YEAR) }
}

/// Whole miles, decimals cut off; kilometres, where the text says so, to the nearest mile. Zero is an empty number: an
/// odometer is not worth more than a doubt.
fn mileage(text: &str) -> Read<String> {
    let (text, unit) = unit(text.trim());
    if text::is_null(text, Nulls::Vehicle) {
        return Ok(None);
    }
    let whole = text.split_once('.').map_or(Some(text), |(whole, decimals)| {
        // Three decimals may be thousands, written as in Europe.
        let digits = decimals.bytes().all(|b| b.is_ascii_digit());
        (digits && (decimals.len() < 3 || decimals.bytes().all(|b| b == b'0'))).then_some(whole)
    });
    let miles = whole
        .and_then(thousands)
        .map(|number| unit.to_miles(number))
        .filter(|miles| *miles <= MAX_MILES)
        .ok_or(codes::VEHICLE_MILEAGE)?;
    Ok((miles > 0).then(|| miles.to_string()))
}

/// What an odometer counts.
#[derive(Clone, Copy)]
enum Unit {
    Miles,
    Kilometres,
}

impl Unit {
    /// Rounded; an international mile is 1.609344 km.
    fn to_miles(self, number: u32) -> u32 {
        match self {
            Self::Miles => number,
            Self::Kilometres => {
                let miles = (u64::from(number) * 1_000_000 + 804_672) / 1_609_344;
                u32::try_from(miles).unwrap_or(u32::MAX)
            }
        }
    }
}

/// The number and its unit: miles where it says nothing.
fn unit(text: &str) -> (&str, Unit) {
    let words = [
        (Unit::Kilometres, ["kilometers", "kilometres", "kms", "km"]),
        (Unit::Miles, ["miles", "mile", "mi.", "mi"]),
    ];
    for (unit, words) in words {
        for word in words {
            let at = text.len().saturating_sub(word.len());
            let Some((number, end)) = text.split_at_checked(at) else { continue };
            if end.eq_ignore_ascii_case(word) {
                return (number.trim_end(), unit);
            }
        }
    }
    (text, Unit::Miles)
}

/// The number in `text`, whose thousands may stand apart: `12,345`, `12 345`.
fn thousands(text: &str) -> Option<u32> {
    let mut groups = text.split(|c: char| c == ',' || c == '\'' || c.is_whitespace());
    let mut digits = groups.next()?.to_owned();
    for group in groups {
        if group.len() != 3 || !(1..=7).contains(&digits.len()) {
            return None;
        }
        digits.push_str(group);
    }
    digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn years() {
        for (text, said) in [
            ("2012", Ok(Some("2012"))),
            (" 2012 ", Ok(Some("2012"))),
            ("2012.0", Ok(Some("2012"))),
            ("12", Ok(Some("2012"))),
            ("40", Ok(Some("2040"))),
            ("41", Ok(Some("1941"))),
            ("98", Ok(Some("1998"))),
            ("1900", Ok(Some("1900"))),
            ("", Ok(None)),
            ("0", Ok(None)),
            ("0000", Ok(None)),
            ("1899", Err(codes::VEHICLE_YEAR)),
            ("2101", Err(codes::VEHICLE_YEAR)),
            ("2012.5", Err(codes::VEHICLE_YEAR)),
            ("20122", Err(codes::VEHICLE_YEAR)),
            ("+212", Err(codes::VEHICLE_YEAR)),
            ("5", Err(codes::VEHICLE_YEAR)),
            ("MY12", Err(codes::VEHICLE_YEAR)),
        ] {
            assert_eq!(year(text), said.map(|year| year.map(str::to_owned)), "{text}");
        }
    }

    #[test]
    fn odometers() {
        for (text, said) in [
            ("45210", Ok(Some("45210"))),
            ("45,210", Ok(Some("45210"))),
            ("1,045,210", Ok(Some("1045210"))),
            ("45 210", Ok(Some("45210"))),
            ("45\u{a0}210", Ok(Some("45210"))),
            ("45210.7", Ok(Some("45210"))),
            ("45,210.00", Ok(Some("45210"))),
            ("000123", Ok(Some("123"))),
            ("", Ok(None)),
            ("0", Ok(None)),
            ("0.0", Ok(None)),
            ("N/A", Ok(None)),
            ("2000000", Ok(Some("2000000"))),
            ("2000001", Err(codes::VEHICLE_MILEAGE)),
            ("99999999999999", Err(codes::VEHICLE_MILEAGE)),
            ("45.210", Err(codes::VEHICLE_MILEAGE)),
            ("45,21", Err(codes::VEHICLE_MILEAGE)),
            ("-5", Err(codes::VEHICLE_MILEAGE)),
            ("45K", Err(codes::VEHICLE_MILEAGE)),
            ("72000 km", Ok(Some("44739"))),
            ("72,000KM", Ok(Some("44739"))),
            ("100 km", Ok(Some("62"))),
            ("1 km", Ok(Some("1"))),
            ("0 km", Ok(None)),
            ("km", Ok(None)),
            ("45210 miles", Ok(Some("45210"))),
            ("45210 mi", Ok(Some("45210"))),
            ("45210 knots", Err(codes::VEHICLE_MILEAGE)),
        ] {
            assert_eq!(mileage(text), said.map(|miles| miles.map(str::to_owned)), "{text}");
        }
    }
}
