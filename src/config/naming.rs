//! Names: a department's name and token, its profile, a country, a time zone.
//!
//! A profile is only told apart here (built in, or a file); `map` reads it.

use std::fmt;
use std::path::Path;

use jiff::tz::TimeZone;

use crate::domain::DepartmentName;

use super::place::resolve;
use super::raw::{Raw, quoted};
use super::rule::{Refusal, Rule, text};

/// A department's token: an opaque id of the remote that stands in every path. Masked in `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// The token, for the client that puts it into paths. Never log it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The token with all but its last four characters hidden; wholly hidden where it is short.
    pub fn masked(&self) -> String {
        let length = self.0.chars().count();
        let shown: String =
            if length >= 16 { self.0.chars().skip(length - 4).collect() } else { String::new() };
        format!("****{shown}")
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(masked)")
    }
}

/// The rule of a department's name.
pub(super) struct Name;

impl Rule<DepartmentName> for Name {
    fn legal(&self) -> String {
        "a name of lower-case letters, digits, - and _ (it names files)".to_owned()
    }

    fn read(&self, raw: &Raw, _: &Path) -> Result<DepartmentName, Refusal> {
        match text(raw)? {
            "" => Err(Refusal::Because(format!("is missing: give every [[department]] {}", self.legal()))),
            name if name.len() > 100 => Err(Refusal::Because("is longer than 100 characters".to_owned())),
            name => DepartmentName::parse(name).ok_or(Refusal::Illegal),
        }
    }

    fn write(&self, value: &DepartmentName) -> String {
        quoted(value.as_str())
    }
}

/// The rule of a department's token.
pub(super) struct Opaque;

impl Rule<Token> for Opaque {
    fn legal(&self) -> String {
        "text without spaces or control characters".to_owned()
    }

    fn read(&self, raw: &Raw, _: &Path) -> Result<Token, Refusal> {
        match text(raw)? {
            "" => Err(Refusal::Because(
                "is missing: it is the department token (department UUID) that myKaarma hands out".to_owned(),
            )),
            token if token.chars().any(|c| c.is_whitespace() || c.is_control()) => Err(Refusal::Illegal),
            token => Ok(Token(token.to_owned())),
        }
    }

    fn write(&self, value: &Token) -> String {
        quoted(&value.masked())
    }

    fn is_secret(&self) -> bool {
        true
    }
}

/// The rule of a profile: the name of a built-in one, or a path to a file.
pub(super) struct ProfileName;

impl Rule<String> for ProfileName {
    fn legal(&self) -> String {
        "the name of a built-in profile, or a path that ends in .toml".to_owned()
    }

    fn read(&self, raw: &Raw, base: &Path) -> Result<String, Refusal> {
        let text = text(raw)?;
        let is_file = Path::new(text).extension().is_some_and(|extension| extension == "toml");
        if is_file && !text.contains('\0') {
            return Ok(resolve(base, Path::new(text)).to_string_lossy().into_owned());
        }
        DepartmentName::parse(text).map(|_| text.to_owned()).ok_or(Refusal::Illegal)
    }

    fn write(&self, value: &String) -> String {
        quoted(value)
    }
}

/// Every officially assigned code of ISO 3166-1 alpha-2.
const COUNTRIES: &str = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ \
    BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER \
    ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM \
    IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF \
    MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK \
    PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD \
    TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW";

/// The rule of a country.
pub(super) struct Country;

impl Rule<String> for Country {
    fn legal(&self) -> String {
        "a country of ISO 3166, two upper-case letters, e.g. \"US\" or \"CA\"".to_owned()
    }

    fn read(&self, raw: &Raw, _: &Path) -> Result<String, Refusal> {
        let code = text(raw)?;
        COUNTRIES.split(' ').find(|known| *known == code).map(ToOwned::to_owned).ok_or(Refusal::Illegal)
    }

    fn write(&self, value: &String) -> String {
        quoted(value)
    }
}

/// The rule of a time zone.
pub(super) struct Zone;

impl Rule<String> for Zone {
    fn legal(&self) -> String {
        "a time zone of the IANA database, e.g. \"America/Chicago\", or \"UTC\"".to_owned()
    }

    fn read(&self, raw: &Raw, _: &Path) -> Result<String, Refusal> {
        let name = text(raw)?;
        if TimeZone::get(name).is_ok() {
            return Ok(name.to_owned());
        }
        // Slim images come without the database: that is not the operator's spelling.
        if TimeZone::get("America/New_York").is_err() && name.contains('/') {
            return Err(Refusal::Because(
                "cannot be looked up: this system has no time zone database; install tzdata, or set \"UTC\""
                    .to_owned(),
            ));
        }
        Err(Refusal::Illegal)
    }

    fn write(&self, value: &String) -> String {
        quoted(value)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_token_shows_its_end_only_where_it_is_long() {
        for (token, masked) in
            [("abc", "****"), ("0123456789abcdef", "****cdef"), ("é23456789abcdefé", "****defé")]
        {
            assert_eq!(Token(token.to_owned()).masked(), masked);
            assert_eq!(format!("{:?}", Token(token.to_owned())), "Token(masked)");
        }
    }

    #[test]
    fn the_countries_are_249_in_order() {
        let codes: Vec<_> = COUNTRIES.split(' ').collect();
        assert_eq!(codes.len(), 249);
        assert!(codes.is_sorted() && codes.iter().all(|code| code.len() == 2));
    }

    #[test]
    fn names_and_what_they_refuse() {
        let raw = |text: &str| Raw::Text(text.to_owned());
        let base = Path::new("/etc/dms");
        assert_eq!(ProfileName.read(&raw("dealervault-sl"), base).unwrap(), "dealervault-sl");
        assert_eq!(ProfileName.read(&raw("own/pbs.toml"), base).unwrap(), "/etc/dms/own/pbs.toml");
        for bad in ["", "own/pbs", "Generic", "\0.toml"] {
            assert!(ProfileName.read(&raw(bad), base).is_err(), "{bad}");
        }
        for (zone, exists) in [
            ("UTC", true),
            ("America/Chicago", true),
            ("America/Springfield", false),
            ("CST6", false),
            ("", false),
        ] {
            assert_eq!(Zone.read(&raw(zone), base).is_ok(), exists, "{zone}");
        }
        for (country, exists) in
            [("US", true), ("CA", true), ("us", false), ("USA", false), ("UK", false), ("U ", false)]
        {
            assert_eq!(Country.read(&raw(country), base).is_ok(), exists, "{country}");
        }
    }
}
