//! What a name lacks, in words.

use crate::domain::Field;
use crate::domain::customer::NameClaims;

/// The part that is missing most plainly.
pub(super) struct Missing {
    pub(super) field: Option<Field>,
    pub(super) message: &'static str,
}

/// What `claims` lack of a first and last name, or of a business with a company. Only of use where they are
/// neither.
pub(super) fn missing(claims: &NameClaims) -> Missing {
    let NameClaims { first, last, company, is_business } = claims;
    let has = [first, last, company].map(|claim| claim.value().is_some());
    let (field, message) = match (has, is_business.value()) {
        ([_, _, false], Some(true)) => (Field::Company, "the company of a business is missing"),
        ([_, _, true], Some(false)) => (
            Field::IsBusiness,
            "there is a company and no person's name, but the flag says it is no business",
        ),
        ([false, false, false], _) => {
            (Field::LastName, "first and last name are missing, and there is no company")
        }
        ([true, false, _], _) => (Field::LastName, "the last name is missing"),
        ([false, true, _], _) => {
            (Field::FirstName, "the first name is missing, and it is not marked as a business")
        }
        (_, _) => (Field::IsBusiness, "there is a company, but it is not marked as a business"),
    };
    Missing { field: Some(field), message }
}
