//! `Retry-After` in both of its forms. Reading only: capping and waiting are the neighbours' ([`super::retry`],
//! [`super::gate`]).

use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;

/// How long the header asks to wait. Garbage, zero, negative numbers and dates in the past ask for nothing. A date is
/// held against the answer's own `Date`, so that clocks that disagree do no harm, else against ours.
pub(super) fn parse(retry_after: Option<&str>, date: Option<&str>) -> Option<Duration> {
    let text = retry_after?.trim();
    let wait = if text.bytes().all(|byte| byte.is_ascii_digit()) && !text.is_empty() {
        // More digits than fit ask for "very long", which the cap cuts.
        Duration::from_secs(text.parse().unwrap_or(u64::from(u32::MAX)))
    } else {
        let until = instant(text)?;
        let now = date.and_then(instant).map_or_else(our_now, Some)?;
        Duration::try_from(until.duration_since(now)).ok()?
    };
    (!wait.is_zero()).then_some(wait)
}

fn instant(text: &str) -> Option<Timestamp> {
    DateTimeParser::new().parse_timestamp(text.trim()).ok()
}

fn our_now() -> Option<Timestamp> {
    Timestamp::try_from(SystemTime::now()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms() {
        let date = Some("Sun, 06 Nov 1994 08:49:37 GMT");
        for (header, expected) in [
            (Some("120"), Some(120)),
            (Some(" 1 "), Some(1)),
            (Some("99999999999999999999999"), Some(u64::from(u32::MAX))),
            (Some("Sun, 06 Nov 1994 08:50:07 GMT"), Some(30)),
            (Some("Sun, 06 Nov 1994 08:49:07 GMT"), None),
            (Some("0"), None),
            (Some("-5"), None),
            (Some("1.5"), None),
            (Some("soon"), None),
            (Some(""), None),
            (None, None),
        ] {
            assert_eq!(parse(header, date).map(|wait| wait.as_secs()), expected, "{header:?}");
        }
    }

    #[test]
    fn without_a_date_our_clock_decides() {
        assert_eq!(parse(Some("Sun, 06 Nov 1994 08:50:07 GMT"), None), None);
        assert!(parse(Some("Sat, 06 Nov 2094 08:50:07 GMT"), Some("garbage")).is_some());
    }
}
