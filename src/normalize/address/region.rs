//! States, provinces and countries by their names.
//!
//! Names are compared folded: letters alone, capitals, no accents.

use crate::normalize::text;

/// Which of the two countries has a region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Nation {
    UnitedStates,
    Canada,
}

/// Code and folded names of the states, the district, the territories and the military "states".
const STATES: [(&str, &[&str]); 59] = [
    ("AA", &["ARMEDFORCESAMERICAS"]),
    ("AE", &["ARMEDFORCESEUROPE"]),
    ("AK", &["ALASKA"]),
    ("AL", &["ALABAMA"]),
    ("AP", &["ARMEDFORCESPACIFIC"]),
    ("AR", &["ARKANSAS"]),
    ("AS", &["AMERICANSAMOA"]),
    ("AZ", &["ARIZONA"]),
    ("CA", &["CALIFORNIA", "CALIF"]),
    ("CO", &["COLORADO"]),
    ("CT", &["CONNECTICUT"]),
    ("DC", &["DISTRICTOFCOLUMBIA", "WASHINGTONDC"]),
    ("DE", &["DELAWARE"]),
    ("FL", &["FLORIDA"]),
    ("GA", &["GEORGIA"]),
    ("GU", &["GUAM"]),
    ("HI", &["HAWAII"]),
    ("IA", &["IOWA"]),
    ("ID", &["IDAHO"]),
    ("IL", &["ILLINOIS"]),
    ("IN", &["INDIANA"]),
    ("KS", &["KANSAS"]),
    ("KY", &["KENTUCKY"]),
    ("LA", &["LOUISIANA"]),
    ("MA", &["MASSACHUSETTS"]),
    ("MD", &["MARYLAND"]),
    ("ME", &["MAINE"]),
    ("MI", &["MICHIGAN"]),
    ("MN", &["MINNESOTA"]),
    ("MO", &["MISSOURI"]),
    ("MP", &["NORTHERNMARIANAISLANDS"]),
    ("MS", &["MISSISSIPPI"]),
    ("MT", &["MONTANA"]),
    ("NC", &["NORTHCAROLINA"]),
    ("ND", &["NORTHDAKOTA"]),
    ("NE", &["NEBRASKA"]),
    ("NH", &["NEWHAMPSHIRE"]),
    ("NJ", &["NEWJERSEY"]),
    ("NM", &["NEWMEXICO"]),
    ("NV", &["NEVADA"]),
    ("NY", &["NEWYORK"]),
    ("OH", &["OHIO"]),
    ("OK", &["OKLAHOMA"]),
    ("OR", &["OREGON"]),
    ("PA", &["PENNSYLVANIA"]),
    ("PR", &["PUERTORICO"]),
    ("RI", &["RHODEISLAND"]),
    ("SC", &["SOUTHCAROLINA"]),
    ("SD", &["SOUTHDAKOTA"]),
    ("TN", &["TENNESSEE"]),
    ("TX", &["TEXAS"]),
    ("UT", &["UTAH"]),
    ("VA", &["VIRGINIA"]),
    ("VI", &["VIRGINISLANDS", "USVIRGINISLANDS"]),
    ("VT", &["VERMONT"]),
    ("WA", &["WASHINGTON"]),
    ("WI", &["WISCONSIN"]),
    ("WV", &["WESTVIRGINIA"]),
    ("WY", &["WYOMING"]),
];

/// Code and folded names, English and French, of the provinces and territories; older codes among the names.
const PROVINCES: [(&str, &[&str]); 13] = [
    ("AB", &["ALBERTA", "ALTA"]),
    ("BC", &["BRITISHCOLUMBIA", "COLOMBIEBRITANNIQUE"]),
    ("MB", &["MANITOBA"]),
    ("NB", &["NEWBRUNSWICK", "NOUVEAUBRUNSWICK"]),
    (
        "NL",
        &[
            "NEWFOUNDLANDANDLABRADOR",
            "NEWFOUNDLANDLABRADOR",
            "NEWFOUNDLAND",
            "LABRADOR",
            "TERRENEUVEETLABRADOR",
            "TERRENEUVE",
            "NF",
        ],
    ),
    ("NS", &["NOVASCOTIA", "NOUVELLEECOSSE"]),
    ("NT", &["NORTHWESTTERRITORIES", "TERRITOIRESDUNORDOUEST", "NWT"]),
    ("NU", &["NUNAVUT"]),
    ("ON", &["ONTARIO", "ONT"]),
    ("PE", &["PRINCEEDWARDISLAND", "ILEDUPRINCEEDOUARD", "PEI"]),
    ("QC", &["QUEBEC", "QUE", "PQ"]),
    ("SK", &["SASKATCHEWAN", "SASK"]),
    ("YT", &["YUKON", "YUKONTERRITORY", "TERRITOIREDUYUKON", "YK"]),
];

/// The state or province that `text` names, by its two letters.
pub(super) fn region(text: &str) -> Option<(&'static str, Nation)> {
    let find = |matches: &dyn Fn(&str, &[&str]) -> bool| {
        let of = |table: &'static [(&str, &[&str])], nation| {
            table.iter().find(|(code, names)| matches(code, names)).map(|(code, _)| (*code, nation))
        };
        of(&STATES, Nation::UnitedStates).or_else(|| of(&PROVINCES, Nation::Canada))
    };
    let code = text.trim();
    find(&|known, _| known.eq_ignore_ascii_case(code)).or_else(|| {
        let name = text::folded(text);
        find(&|known, names| known == name || names.contains(&name.as_str()))
    })
}

/// Officially assigned codes of ISO 3166-1 alpha-2, but for Namibia's: in exports, `NA` is "not applicable".
const COUNTRIES: &str = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS \
    BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI \
    FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR \
    IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM \
    MN MO MP MQ MR MS MT MU MV MW MX MY MZ NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT \
    PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM \
    TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW";

/// The country that `text` names, by its two letters.
pub(super) fn country(text: &str) -> Option<String> {
    let name = text::folded(text);
    let code = match name.as_str() {
        "USA" | "UNITEDSTATES" | "UNITEDSTATESOFAMERICA" | "ETATSUNIS" | "ESTADOSUNIDOS" => "US",
        "CAN" | "CANADA" => "CA",
        "MEX" | "MEXICO" => "MX",
        code => code,
    };
    COUNTRIES.split(' ').filter(|known| known.len() == 2).any(|known| known == code).then(|| code.to_owned())
}
