//! Durations as people write them: `250ms`, `30s`, `5m`, `1h30m`, `7d`. Text to [`Duration`] and back.
//!
//! A number without a unit is refused (is it seconds or milliseconds?), and so is a fraction. What range is legal
//! is the business of the setting, see `rule`.

use std::time::Duration;

/// The units, from the largest, in milliseconds.
const UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// The duration in `text`: whole numbers with units, each unit at most once, the larger first. `None` where it is
/// anything else, or does not fit 64 bits of milliseconds.
pub fn parse_duration(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    let mut total: u64 = 0;
    let mut units = UNITS.iter();
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let count: u64 = rest[..digits].parse().ok()?;
        let after = &rest[digits..];
        let length = after.find(|c: char| c.is_ascii_digit()).unwrap_or(after.len());
        let (_, millis) = units.find(|(name, _)| *name == &after[..length])?;
        total = total.checked_add(count.checked_mul(*millis)?)?;
        rest = &after[length..];
    }
    Some(Duration::from_millis(total))
}

/// `duration` as the configuration spells it: in the largest unit that divides it, e.g. `90s`, `7d`. Parts below a
/// millisecond are dropped.
pub fn format_duration(duration: Duration) -> String {
    let millis = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    let (name, unit) = UNITS.iter().find(|(_, unit)| millis > 0 && millis % unit == 0).unwrap_or(&UNITS[3]);
    format!("{}{name}", millis / unit)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn durations_as_people_write_them() {
        for (text, millis) in [
            ("250ms", 250),
            ("30s", 30_000),
            ("5m", 300_000),
            ("1h30m", 5_400_000),
            ("7d", 604_800_000),
            ("1s500ms", 1_500),
            (" 2s ", 2_000),
            ("0s", 0),
        ] {
            assert_eq!(parse_duration(text), Some(Duration::from_millis(millis)), "{text}");
        }
        for text in [
            "",
            "30",
            "s",
            "1.5s",
            "-1s",
            "30 s",
            "5min",
            "1s1s",
            "1s1m",
            "1ms1s",
            "99999999999999999999s",
            "٣s",
        ] {
            assert_eq!(parse_duration(text), None, "{text}");
        }
        assert_eq!(parse_duration("213503982335d"), None, "beyond 64 bits of milliseconds");
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(millis: u64) {
            let duration = Duration::from_millis(millis);
            prop_assert_eq!(parse_duration(&format_duration(duration)), Some(duration));
        }

        #[test]
        fn no_text_panics(text in "\\PC*|[0-9dhms. ]*") {
            let _ = parse_duration(&text);
        }
    }
}
