//! [`Limit`]: `N` or `N%`, the form of the guard's limits and of the error budget.
//!
//! Says only whether a number is over the limit; what the number is a share of is the caller's business.

use std::fmt;

/// The largest percentage that is legal: ten times everything is a slip of the finger.
const MAX_PERCENT: f64 = 1000.0;
/// Percentages keep three decimals, so that they can be compared without rounding.
const STEPS: f64 = 1000.0;

/// The most that is tolerated, inclusive: only what is over it breaks it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Limit {
    /// So many.
    Count(u64),
    /// So many in a hundred, 0 to 1000, at most three decimals.
    Percent(f64),
}

impl Limit {
    /// The limit in `text`: a whole number, or a number and a percent sign; `None` where it is neither.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let Some(number) = text.strip_suffix('%') else {
            return digits(text).then(|| text.parse().ok())?.map(Self::Count);
        };
        let number = number.trim_end();
        let (whole, decimals) = number.split_once('.').unwrap_or((number, "0"));
        let percent: f64 =
            (digits(whole) && digits(decimals) && decimals.len() <= 3).then(|| number.parse().ok())??;
        (percent <= MAX_PERCENT).then_some(Self::Percent(percent))
    }

    /// Whether `n` of `of` is over the limit. Any share of nothing is over every percentage, unless `n` is 0.
    pub fn exceeded(self, n: u64, of: u64) -> bool {
        match self {
            Self::Count(most) => n > most,
            Self::Percent(percent) => {
                u128::from(n) * 100_000 > u128::from(thousandths(percent)) * u128::from(of)
            }
        }
    }
}

/// Whether `text` is a run of ASCII digits.
fn digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// A percentage in thousandths of a percent.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to what a u32 holds")]
fn thousandths(percent: f64) -> u32 {
    (percent.clamp(0.0, MAX_PERCENT) * STEPS).round() as u32
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(most) => write!(f, "{most}"),
            Self::Percent(percent) => write!(f, "{percent}%"),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_and_percentages_and_nothing_else() {
        for (text, limit) in [
            ("0", Limit::Count(0)),
            ("250", Limit::Count(250)),
            ("20%", Limit::Percent(20.0)),
            ("0.5 %", Limit::Percent(0.5)),
            ("1000%", Limit::Percent(1000.0)),
        ] {
            assert_eq!(Limit::parse(text), Some(limit), "{text}");
        }
        for text in
            ["", "%", "-1", "1.5", "1e3", "1001%", "nan%", "inf%", "+5%", "5%%", "0.1234%", ".5%", "ten"]
        {
            assert_eq!(Limit::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_limit_is_inclusive_and_exact() {
        for (limit, n, of, over) in [
            ("20%", 20, 100, false),
            ("20%", 21, 100, true),
            ("0.57%", 57, 10_000, false),
            ("0.57%", 58, 10_000, true),
            ("5%", 0, 0, false),
            ("5%", 1, 0, true),
            ("3", 3, 1_000_000, false),
            ("3", 4, 1_000_000, true),
            ("0%", 1, u64::MAX, true),
        ] {
            assert_eq!(Limit::parse(limit).unwrap().exceeded(n, of), over, "{n} of {of} over {limit}");
        }
    }

    proptest! {
        #[test]
        fn display_reads_back(whole in 0u32..1000, milli in 0u32..1000, count: u64) {
            for text in [format!("{whole}.{milli:03}%"), count.to_string()] {
                let limit = Limit::parse(&text).unwrap();
                prop_assert_eq!(Limit::parse(&limit.to_string()), Some(limit));
            }
        }

        #[test]
        fn no_text_panics(text in "\\PC*|[0-9.% ]*") {
            let _ = Limit::parse(&text);
        }
    }
}
