//! [`DateFormat`]: how a layout writes the date of a row's last change.
//!
//! A date may be followed by a time, after a space or `T`: `14:30`, `14:30:05`, `14:30:05.123`, `2:30 PM`; and that by
//! `Z` or an offset. Without an offset it is local time of the department; a date without a time is its midnight.

use jiff::civil::{Date, Time};
use jiff::tz::{Offset, TimeZone};

use crate::domain::{Field, Finding};

/// The order of a date's parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DateFormat {
    /// `2026-09-08`, also as the beginning of an RFC 3339 timestamp.
    YearDashed,
    /// `09/08/2026`, `9/8/2026`.
    MonthSlashed,
    /// `20260908`.
    Compact,
    /// `09.08.2026`.
    MonthDotted,
}

/// What a date's cell says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// Nothing: blank, zeros, or a date in or before 1900, which systems write for "never".
    Blank,
    /// Seconds since 1970, UTC.
    At(i64),
    /// A moment that is yet to come: the date of no change.
    Future,
    /// Something in no format that the profile names.
    Unreadable,
}

impl Reading {
    /// What the cell says under the first of `formats` that fits; local times are those of `zone`. Allocates nothing.
    pub fn of(cell: &[u8], formats: &[DateFormat], zone: &TimeZone) -> Self {
        let cell = cell.trim_ascii();
        if cell.iter().all(|b| matches!(b, b'0' | b'-' | b'/' | b'.' | b':' | b' ')) {
            return Self::Blank;
        }
        formats.iter().find_map(|format| in_format(Text(cell), *format, zone)).unwrap_or(Self::Unreadable)
    }

    /// The same; what lies after `latest` (seconds since 1970, UTC) is yet to come.
    pub(super) fn until(self, latest: i64) -> Self {
        match self {
            Self::At(seconds) if seconds > latest => Self::Future,
            other => other,
        }
    }

    /// Why it does not count, where something stands there.
    pub(super) fn doubt(self) -> Option<Finding> {
        let (code, message) = match self {
            Self::At(_) | Self::Blank => return None,
            Self::Future => (
                "updated_at.future",
                "the date is more than a day ahead; the row counts as older than every dated one",
            ),
            Self::Unreadable => (
                "updated_at.unreadable",
                "the date is in no format that the profile names; the row counts as older than every dated one",
            ),
        };
        Some(Finding::on(Field::UpdatedAt, code, message))
    }

    /// The moment, where there is one.
    pub(super) fn seconds(self) -> Option<i64> {
        match self {
            Self::At(seconds) => Some(seconds),
            Self::Blank | Self::Future | Self::Unreadable => None,
        }
    }
}

impl DateFormat {
    /// Every format.
    pub const ALL: [Self; 4] = [Self::YearDashed, Self::MonthSlashed, Self::Compact, Self::MonthDotted];

    /// The format as a profile spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::YearDashed => "YYYY-MM-DD",
            Self::MonthSlashed => "MM/DD/YYYY",
            Self::Compact => "YYYYMMDD",
            Self::MonthDotted => "MM.DD.YYYY",
        }
    }

    /// The date at the beginning of `text`.
    fn date(self, text: &mut Text<'_>) -> Option<Date> {
        let (year, month, day) = match self {
            Self::YearDashed => {
                let (year, month) = (text.digits(4, 4)?, text.after(b"-", 2, 2)?);
                (year, month, text.after(b"-", 2, 2)?)
            }
            Self::Compact => (text.digits(4, 4)?, text.digits(2, 2)?, text.digits(2, 2)?),
            Self::MonthSlashed => {
                let (month, day) = (text.digits(1, 2)?, text.after(b"/", 1, 2)?);
                (text.after(b"/", 4, 4)?, month, day)
            }
            Self::MonthDotted => {
                let (month, day) = (text.digits(2, 2)?, text.after(b".", 2, 2)?);
                (text.after(b".", 4, 4)?, month, day)
            }
        };
        Date::new(year, small(month)?, small(day)?).ok()
    }
}

fn in_format(mut text: Text<'_>, format: DateFormat, zone: &TimeZone) -> Option<Reading> {
    let date = format.date(&mut text)?;
    let (time, offset) = time_and_offset(text)?;
    if date.year() <= 1900 {
        return Some(Reading::Blank);
    }
    let local = date.to_datetime(time);
    let at = match offset {
        Some(offset) => offset.to_timestamp(local),
        None => zone.to_timestamp(local),
    };
    at.ok().map(|at| Reading::At(at.as_second()))
}

/// The time and the offset behind a date; midnight where there is nothing.
fn time_and_offset(mut text: Text<'_>) -> Option<(Time, Option<Offset>)> {
    if text.0.is_empty() {
        return Some((Time::midnight(), None));
    }
    if !text.take(b"T") && !text.take(b"t") && !text.take(b" ") {
        return None;
    }
    text.skip_blanks();
    let hour = text.digits(1, 2)?;
    let minute = text.after(b":", 2, 2)?;
    let second = if text.take(b":") { text.digits(2, 2)? } else { 0 };
    if text.take(b".") {
        // Fractions of a second decide nothing between rows.
        text.digits(1, 1)?;
        while text.digits(1, 1).is_some() {}
    }
    text.skip_blanks();
    let time = Time::new(small(text.half_day(hour)?)?, small(minute)?, small(second)?, 0).ok()?;
    text.skip_blanks();
    let offset = if text.0.is_empty() { None } else { Some(text.offset()?) };
    Some((time, offset))
}

fn small(number: i16) -> Option<i8> {
    i8::try_from(number).ok()
}

/// What is left to read of a cell.
#[derive(Clone, Copy)]
struct Text<'a>(&'a [u8]);

impl Text<'_> {
    /// Takes `token`, whether it is there.
    fn take(&mut self, token: &[u8]) -> bool {
        let rest = self.0.strip_prefix(token);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    fn skip_blanks(&mut self) {
        self.0 = self.0.trim_ascii_start();
    }

    /// A number of `least` to `most` (at most four) digits.
    fn digits(&mut self, least: usize, most: usize) -> Option<i16> {
        let count = self.0.iter().take(most).take_while(|b| b.is_ascii_digit()).count();
        let (head, rest) = self.0.split_at_checked(count.max(least))?;
        let all = head.iter().all(u8::is_ascii_digit);
        self.0 = rest;
        all.then(|| head.iter().fold(0, |sum, digit| sum * 10 + i16::from(digit - b'0')))
    }

    /// The same behind `separator`.
    fn after(&mut self, separator: &[u8], least: usize, most: usize) -> Option<i16> {
        if self.take(separator) { self.digits(least, most) } else { None }
    }

    /// `hour` on a clock of 24, where `AM` or `PM` may follow.
    fn half_day(&mut self, hour: i16) -> Option<i16> {
        let add = match self.0.get(..2) {
            Some(half) if half.eq_ignore_ascii_case(b"AM") => 0,
            Some(half) if half.eq_ignore_ascii_case(b"PM") => 12,
            _ => return Some(hour),
        };
        self.0 = &self.0[2..];
        (1..=12).contains(&hour).then_some(hour % 12 + add)
    }

    /// `Z`, `+05:00`, `-0600`, `-06`, and nothing behind it.
    fn offset(&mut self) -> Option<Offset> {
        let sign = if self.take(b"Z") || self.take(b"z") {
            return self.0.is_empty().then_some(Offset::UTC);
        } else if self.take(b"+") {
            1
        } else if self.take(b"-") {
            -1
        } else {
            return None;
        };
        let hours = self.digits(2, 2)?;
        let minutes = if self.take(b":") || !self.0.is_empty() { self.digits(2, 2)? } else { 0 };
        let seconds = (i32::from(hours) * 60 + i32::from(minutes)) * 60;
        if self.0.is_empty() { Offset::from_seconds(sign * seconds).ok() } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_in(cell: &str, formats: &[DateFormat]) -> Reading {
        Reading::of(cell.as_bytes(), formats, &TimeZone::get("America/Chicago").unwrap_or(TimeZone::UTC))
    }

    #[test]
    fn every_shape_is_the_same_moment() {
        // 2026-09-08T00:00-05:00 in Chicago.
        let midnight = 1_788_843_600;
        for (cell, expected) in [
            ("2026-09-08", midnight),
            (" 2026-09-08 ", midnight),
            ("09/08/2026", midnight),
            ("9/8/2026", midnight),
            ("20260908", midnight),
            ("09.08.2026", midnight),
            ("2026-09-08 14:30:05", midnight + 52_205),
            ("2026-09-08T14:30:05.123456789", midnight + 52_205),
            ("9/8/2026 2:30 PM", midnight + 52_200),
            ("9/8/2026 12:30:00 am", midnight + 1_800),
            ("20260908 1:00", midnight + 3_600),
            ("2026-09-08T05:00:00Z", midnight),
            ("2026-09-08T07:00:00+02:00", midnight),
            ("2026-09-07T23:00:00-0600", midnight),
            ("2026-09-07 23:00 -06", midnight),
        ] {
            assert_eq!(read_in(cell, &DateFormat::ALL), Reading::At(expected), "{cell}");
        }
    }

    #[test]
    fn blanks_and_nonsense() {
        for cell in [
            "",
            "  ",
            "0",
            "00000000",
            "00/00/0000",
            "0000-00-00 00:00:00",
            "00010101",
            "1900-01-01",
            "01/01/1900",
        ] {
            assert_eq!(read_in(cell, &DateFormat::ALL), Reading::Blank, "{cell}");
        }
        for cell in [
            "yesterday",
            "2026-13-01",
            "2026-02-30",
            "2026-9-8",
            "13/45/2026",
            "9/8/26",
            "202609081",
            "2026-09-08T",
            "2026-09-08 25:00",
            "2026-09-08 13:00 PM",
            "2026-09-08 12",
            "2026-09-08T10:00:00+2",
            "2026-09-08 10:00 EST",
            "2026-09-08T10:00:00.",
            "é",
            "2026-09-08x",
            "12345678901234567890",
        ] {
            assert_eq!(read_in(cell, &DateFormat::ALL), Reading::Unreadable, "{cell}");
        }
    }

    #[test]
    fn only_named_formats_count() {
        assert_eq!(read_in("9/8/2026", &[DateFormat::YearDashed]), Reading::Unreadable);
        assert_eq!(read_in("2026-09-08", &[]), Reading::Unreadable);
    }
}
