//! [`of_name`]: the date and time in a file's name, which orders exports better than the time they were copied.
//!
//! Understood, anywhere in the name: `20260908`, `2026-09-08` (also with `_` or `.`), `09082026`; behind it a time as
//! `1200`, `120005`, `12-00`, `12_00_05`, after `_`, `-`, `.`, `T`, a space or nothing. Of several, the latest counts
//! (`20260901-20260907` is an export up to the 7th). No time zone: names are compared with each other.

use jiff::civil::{Date, DateTime, Time};

/// The latest date and time in the name of the file at `path`; see the rules above.
pub fn time_in_name(path: &str) -> Option<DateTime> {
    of_name(path.rsplit(['/', '\\']).next()?)
}

/// The latest date and time in `name`; a date without a time is its midnight.
pub(super) fn of_name(name: &str) -> Option<DateTime> {
    let bytes = name.as_bytes();
    let begins_number =
        |at: &usize| bytes[*at].is_ascii_digit() && (*at == 0 || !bytes[*at - 1].is_ascii_digit());
    (0..bytes.len()).filter(begins_number).filter_map(|at| Some(moment(&bytes[at..])?.0)).max()
}

/// What is left of `name` without its dates and times: what the exports of several days have in common.
pub(super) fn without(name: &str) -> String {
    let mut bytes = Vec::new();
    let (mut rest, mut in_number) = (name.as_bytes(), false);
    while let Some((first, others)) = rest.split_first() {
        let begins_number = first.is_ascii_digit() && !in_number;
        if let Some((_, behind)) = begins_number.then(|| moment(rest)).flatten() {
            (rest, in_number) = (behind, false);
        } else {
            bytes.push(*first);
            (rest, in_number) = (others, first.is_ascii_digit());
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The date, and the time if any, that `text` begins with, and what follows.
fn moment(text: &[u8]) -> Option<(DateTime, &[u8])> {
    let (date, rest) = date(text)?;
    // Digits that touch the date are its time, or it was no date.
    let Some((time, rest)) = time(rest) else {
        let at = date.to_datetime(Time::midnight());
        return (!rest.first().is_some_and(u8::is_ascii_digit)).then_some((at, rest));
    };
    Some((date.to_datetime(time), rest))
}

fn date(text: &[u8]) -> Option<(Date, &[u8])> {
    if let Some(separator @ (b'-' | b'_' | b'.')) = text.get(4).copied() {
        let (year, rest) = number(text, 4)?;
        let (month, rest) = number(rest.strip_prefix(&[separator])?, 2)?;
        let (day, rest) = number(rest.strip_prefix(&[separator])?, 2)?;
        return Some((day_of(year, month, day)?, rest));
    }
    let (_, rest) = number(text, 8)?;
    let part = |from: usize, digits| number(&text[from..], digits).map(|(value, _)| value);
    let year_first = day_of(part(0, 4)?, part(4, 2)?, part(6, 2)?);
    Some((year_first.or(day_of(part(4, 4)?, part(0, 2)?, part(2, 2)?))?, rest))
}

fn day_of(year: i16, month: i16, day: i16) -> Option<Date> {
    let plausible = (1990..2100).contains(&year);
    plausible.then(|| Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok())?
}

/// The time behind a date: two or three pairs of digits, alike in their separators, and no digit after them.
fn time(text: &[u8]) -> Option<(Time, &[u8])> {
    let text = match text.first() {
        Some(b'_' | b'-' | b'.' | b'T' | b't' | b' ') => &text[1..],
        _ => text,
    };
    let (hour, rest) = number(text, 2)?;
    let separator = rest.first().copied().filter(|b| matches!(b, b'-' | b'_' | b'.' | b':'));
    let next = |rest| pair(rest, separator);
    let (minute, rest) = next(rest)?;
    let (second, rest) = next(rest).unwrap_or((0, rest));
    if rest.first().is_some_and(u8::is_ascii_digit) {
        return None;
    }
    let small = |value: i16| i8::try_from(value).ok();
    Some((Time::new(small(hour)?, small(minute)?, small(second)?, 0).ok()?, rest))
}

/// Two digits behind `separator`, where there is one.
fn pair(text: &[u8], separator: Option<u8>) -> Option<(i16, &[u8])> {
    match separator {
        Some(separator) => number(text.strip_prefix(&[separator])?, 2),
        None => number(text, 2),
    }
}

/// The number in the first `digits` bytes, and what follows. The first four are what counts of more than four.
fn number(text: &[u8], digits: usize) -> Option<(i16, &[u8])> {
    let (head, rest) = text.split_at_checked(digits)?;
    let digit = |byte: &u8| byte.is_ascii_digit().then(|| i16::from(*byte - b'0'));
    if !head.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let value =
        head.iter().take(4).try_fold(0_i16, |sum, byte| sum.checked_mul(10)?.checked_add(digit(byte)?));
    Some((value?, rest))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn dates_and_times_in_names() {
        for (name, expected) in [
            ("DVD46315_20260908_1200_SL.txt", "2026-09-08T12:00:00"),
            ("customers-2026-09-08.csv", "2026-09-08T00:00:00"),
            ("customers_2026_09_08_23_59_58.csv", "2026-09-08T23:59:58"),
            ("customers.2026-09-08T06-30.csv", "2026-09-08T06:30:00"),
            ("20260908T120005Z.csv", "2026-09-08T12:00:05"),
            ("x20260908120005.csv", "2026-09-08T12:00:05"),
            ("x202609081200.csv", "2026-09-08T12:00:00"),
            ("Customers_09082026.csv", "2026-09-08T00:00:00"),
            ("deals_20260901-20260907.csv", "2026-09-07T00:00:00"),
            ("store7_20260908_1.csv", "2026-09-08T00:00:00"),
            ("20260908_9999.csv", "2026-09-08T00:00:00"),
        ] {
            assert_eq!(of_name(name).map(|at| at.to_string()).as_deref(), Some(expected), "{name}");
        }
        for name in
            ["customers.csv", "DVD46315.txt", "20261308.csv", "2026-02-30.csv", "202609081.csv", "é.csv", ""]
        {
            assert_eq!(of_name(name), None, "{name}");
        }
        for name in [
            "x8.csv.gz",
            "store9 (2).csv",
            "export 8 - Copy.csv",
            "9\u{ff}\u{ff}\u{ff}\u{ff}\u{ff}",
            "8zzzzzzz",
        ] {
            assert_eq!((of_name(name), without(name).as_str()), (None, name), "{name}");
        }
    }

    proptest! {
        #[test]
        fn no_name_is_too_much(name in "\\PC{0,24}|([0-9]{1,9}|20[0-9]{2}|[-_.T: (]|\\PC){0,12}") {
            let left = without(&name);
            prop_assert!(left.len() <= name.len());
            prop_assert!(of_name(&name).is_some() || left == name, "{} {}", name, left);
        }
    }

    #[test]
    fn what_the_names_of_several_days_have_in_common() {
        for (name, expected) in [
            ("DVD46315_20260908_1200_SL", "DVD46315__SL"),
            ("customers-2026-09-08T06-30", "customers-"),
            ("20260908", ""),
            ("deals_20260901-20260907_2", "deals_-_2"),
            ("store7_20260908_1", "store7__1"),
            ("customers", "customers"),
            ("202609081", "202609081"),
            ("é_20260908_é", "é__é"),
        ] {
            assert_eq!(without(name), expected, "{name}");
        }
    }
}
