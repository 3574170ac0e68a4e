//! Names that columns often have, beside those that built-in profiles know: good enough for a proposal, and marked there.
//!
//! Of consent there is none: whether a yes allows or blocks is not to be guessed.

use super::knowledge::Meaning;
use crate::domain::{Field, Slot};

/// Folded names by what they are likely to mean.
const NAMES: &[(Field, &[&str])] = &[
    (
        Field::CustomerKey,
        &[
            "custno",
            "custnum",
            "custid",
            "custnumber",
            "customerno",
            "customernum",
            "customernumber",
            "customerid",
            "customercode",
            "clientno",
            "clientid",
            "clientnumber",
            "accountno",
            "accountnumber",
            "acctno",
        ],
    ),
    (Field::FirstName, &["firstname", "fname", "givenname", "forename"]),
    (Field::LastName, &["lastname", "surname", "lname", "familyname"]),
    (Field::Company, &["companyname", "businessname", "organization", "organisation"]),
    (Field::PreferredLocale, &["language", "lang"]),
    (Field::AddressLine1, &["address", "address1", "addr1", "street", "streetaddress"]),
    (Field::AddressLine2, &["address2", "addr2"]),
    (Field::City, &["town", "municipality"]),
    (Field::State, &["province", "prov", "stateprovince"]),
    (Field::Zip, &["postcode", "postalcode", "zippostal"]),
    (Field::HomePhone, &["phone", "phoneno", "phonenumber", "telephone", "hometelephone", "residencephone"]),
    (Field::WorkPhone, &["businessphone", "officephone", "worktelephone"]),
    (
        Field::CellPhone,
        &["mobile", "mobileno", "mobilenumber", "mobilephone", "cell", "cellno", "cellnumber", "cellular"],
    ),
    (Field::Email, &["email", "emailaddress", "custemail", "customeremail"]),
    (Field::Vin, &["vinno", "vinnumber", "vehiclevin"]),
    (Field::VehicleYear, &["vehyear", "modelyear"]),
    (Field::VehicleMake, &["vehmake"]),
    (Field::VehicleModel, &["vehmodel"]),
    (Field::Color, &["colour", "extcolor"]),
    (Field::LicensePlate, &["plate", "plateno", "platenumber"]),
    (Field::EstimatedMileage, &["odometer", "mileage", "odo"]),
    (
        Field::UpdatedAt,
        &["lastupdated", "lastupdate", "lastmodified", "modifieddate", "datemodified", "changedate"],
    ),
];

/// Folded names for a whole name.
const WHOLE: [&str; 4] = ["customername", "custname", "fullname", "clientname"];

/// What a column is likely to mean.
pub(super) fn meaning(folded: &str) -> Option<Meaning> {
    let field = NAMES.iter().find(|(_, names)| names.contains(&folded)).map(|(field, _)| *field);
    let value = field.map(|field| Meaning::Value(Slot::first(field)));
    value.or_else(|| WHOLE.contains(&folded).then_some(Meaning::FullName))
}

/// Every such name.
pub(super) fn names() -> impl Iterator<Item = String> {
    NAMES.iter().flat_map(|(_, names)| *names).chain(&WHOLE).map(|name| (*name).to_owned())
}
