//! How the read side reads: null or missing is absent, a number may stand where a string is documented and the
//! reverse. Structure that cannot be understood is an error, never a silent loss: a list that turned into nothing
//! would be merged as "the customer has no phones". The neighbours that use it are all read-side types.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, Error, Unexpected, Visitor};
use serde_json::{Map, Value};

/// A field of the read side: knows how to read itself and when it is left out of what is printed.
pub(super) trait Lenient: Sized {
    /// Reads the value; null is the absent value.
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error>;

    /// True where the remote said nothing.
    fn is_absent(&self) -> bool;
}

/// The `deserialize_with` of every read-side field.
pub(super) fn read<'de, D: Deserializer<'de>, T: Lenient>(deserializer: D) -> Result<T, D::Error> {
    T::read(deserializer)
}

/// A value that JSON may write in more than one way.
trait Scalar: Sized {
    /// What was expected, for the error message.
    const EXPECTED: &'static str;

    fn from_text(text: &str) -> Option<Read<Self>>;
    fn from_whole(number: i128) -> Option<Read<Self>>;
    fn from_float(number: f64) -> Option<Read<Self>>;
    fn from_flag(flag: bool) -> Option<Read<Self>>;
}

/// A scalar that could be read: it says something, or nothing.
enum Read<T> {
    Is(T),
    Nothing,
}

impl Scalar for String {
    const EXPECTED: &'static str = "text";

    fn from_text(text: &str) -> Option<Read<Self>> {
        Some(Read::Is(text.to_owned()))
    }

    fn from_whole(number: i128) -> Option<Read<Self>> {
        Some(Read::Is(number.to_string()))
    }

    fn from_float(number: f64) -> Option<Read<Self>> {
        Some(Read::Is(number.to_string()))
    }

    fn from_flag(flag: bool) -> Option<Read<Self>> {
        Some(Read::Is(flag.to_string()))
    }
}

/// Whole numbers only identify or count; one that cannot be read is nothing, not a reason to refuse the customer.
impl Scalar for i64 {
    const EXPECTED: &'static str = "a whole number";

    fn from_text(text: &str) -> Option<Read<Self>> {
        Some(text.trim().parse().map_or(Read::Nothing, Read::Is))
    }

    fn from_whole(number: i128) -> Option<Read<Self>> {
        Some(i64::try_from(number).map_or(Read::Nothing, Read::Is))
    }

    fn from_float(_: f64) -> Option<Read<Self>> {
        Some(Read::Nothing)
    }

    fn from_flag(_: bool) -> Option<Read<Self>> {
        Some(Read::Nothing)
    }
}

impl Scalar for bool {
    const EXPECTED: &'static str = "true or false";

    fn from_text(text: &str) -> Option<Read<Self>> {
        match text.trim() {
            "" => Some(Read::Nothing),
            text if text.eq_ignore_ascii_case("true") || text == "1" => Some(Read::Is(true)),
            text if text.eq_ignore_ascii_case("false") || text == "0" => Some(Read::Is(false)),
            _ => None,
        }
    }

    fn from_whole(number: i128) -> Option<Read<Self>> {
        match number {
            0 => Some(Read::Is(false)),
            1 => Some(Read::Is(true)),
            _ => None,
        }
    }

    fn from_float(_: f64) -> Option<Read<Self>> {
        None
    }

    fn from_flag(flag: bool) -> Option<Read<Self>> {
        Some(Read::Is(flag))
    }
}

struct ScalarVisitor<T>(PhantomData<T>);

impl<T: Scalar> ScalarVisitor<T> {
    /// The offending value is not in the message: it may be personal data.
    fn settle<E: Error>(read: Option<Read<T>>) -> Result<Option<T>, E> {
        match read {
            Some(Read::Is(value)) => Ok(Some(value)),
            Some(Read::Nothing) => Ok(None),
            None => Err(E::invalid_value(Unexpected::Other("another value"), &T::EXPECTED)),
        }
    }
}

impl<T: Scalar> Visitor<'_> for ScalarVisitor<T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::EXPECTED)
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_none<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Self::settle(T::from_text(text))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
        Self::settle(T::from_whole(number.into()))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        Self::settle(T::from_whole(number.into()))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
        Self::settle(T::from_float(number))
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Self::Value, E> {
        Self::settle(T::from_flag(flag))
    }
}

macro_rules! lenient_scalar {
    ($($scalar:ty),+) => {$(
        impl Lenient for Option<$scalar> {
            fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_any(ScalarVisitor::<$scalar>(PhantomData))
            }

            fn is_absent(&self) -> bool {
                self.is_none()
            }
        }
    )+};
}

lenient_scalar!(String, i64, bool);

/// A null list, and a null in a list, is nothing. Lists are always printed, empty or not.
impl<T: for<'any> Deserialize<'any>> Lenient for Vec<T> {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let items = Option::<Vec<Option<T>>>::deserialize(deserializer)?.unwrap_or_default();
        Ok(items.into_iter().flatten().collect())
    }

    fn is_absent(&self) -> bool {
        false
    }
}

/// A list of which it matters whether it was there, and whether each of its entries says something.
impl<T: for<'any> Deserialize<'any>> Lenient for Option<Vec<Option<T>>> {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Deserialize::deserialize(deserializer)
    }

    fn is_absent(&self) -> bool {
        self.is_none()
    }
}

impl Lenient for Option<Map<String, Value>> {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Deserialize::deserialize(deserializer)
    }

    fn is_absent(&self) -> bool {
        self.is_none()
    }
}

/// Text by name; a null value is left out.
impl Lenient for BTreeMap<String, String> {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text(Option<String>);
        impl<'de> Deserialize<'de> for Text {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                read(deserializer).map(Text)
            }
        }
        let pairs = Option::<BTreeMap<String, Text>>::deserialize(deserializer)?.unwrap_or_default();
        Ok(pairs.into_iter().filter_map(|(name, text)| Some((name, text.0?))).collect())
    }

    fn is_absent(&self) -> bool {
        self.is_empty()
    }
}
