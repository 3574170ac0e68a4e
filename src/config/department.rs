//! [`Department`]: one department's settings, and what of them shapes its customers.

use std::collections::BTreeMap;

use crate::domain::policy::{
    AbsentVehicle, BlankPolicy, ConsentAuthority, Defaults, ExportKind, FieldPolicy, InvalidVin, MergeMode,
    Owner, Policies, UnknownConsent, Vanished,
};
use crate::domain::{DepartmentName, Field, Fingerprint, Locale};

use super::input::Input;
use super::naming::{Country, Name, Opaque, ProfileName, Token, Zone};
use super::raw::Raw;
use super::reader::{Reader, Table, table};
use super::rule::{Choice, Flag, Inputs, Maybe, Refusal, Rule, Text, Texts};

table! {
    /// `[[department]]`: one dealer department in myKaarma, its export and its rules.
    pub struct Department {
        /// Our name for it.
        name: DepartmentName = "name", Name;
        /// The remote's id of it.
        token: Token = "token", Opaque;
        /// Sent as the one who asks, where set.
        requester_user_uuid: Option<String> = "requester_user_uuid", Maybe(Text);
        /// Sent along, where there are any.
        dealer_uuids: Vec<String> = "dealer_uuids", Texts;
        /// Where its export is; may be empty where the command line names it.
        input: Vec<Input> = "input", Inputs;
        /// A built-in profile, or the absolute path of one.
        profile: String = "profile", ProfileName;
        /// Full or delta; `None`: as the profile says.
        export: Option<ExportKind> =
            "export", Maybe(Choice(&[ExportKind::Full, ExportKind::Delta], ExportKind::as_str));
        /// What the file must say of whose it is; `None`: anything.
        source_id: Option<String> = "source_id", Maybe(Text);
        /// Country that fills a blank.
        country: Option<String> = "country", Maybe(Country);
        /// Language that fills a blank.
        locale: Option<Locale> = "locale", Maybe(Choice(&[Locale::EnUs, Locale::FrCa], Locale::as_str));
        /// Time zone of the export's dates, of the IANA database; it exists.
        time_zone: String = "time_zone", Zone;
        /// How an update is made.
        merge: MergeMode = "merge", Choice(&[MergeMode::ThreeWay, MergeMode::Replace], MergeMode::as_str);
        /// What an invalid VIN costs.
        invalid_vin: InvalidVin =
            "invalid_vin", Choice(&[InvalidVin::Drop, InvalidVin::Reject], InvalidVin::as_str);
        /// What is sent of consent that is not known.
        unknown_consent: UnknownConsent =
            "unknown_consent", Choice(&[UnknownConsent::Omit, UnknownConsent::Deny], UnknownConsent::as_str);
        /// What becomes of a customer whose record is gone.
        vanished: Vanished = "vanished", Choice(&[Vanished::Hold, Vanished::Recreate], Vanished::as_str);
        /// Whether an opt-out sticks.
        consent: ConsentAuthority = "consent.dms_is_newer", DmsIsNewer;
        /// What a vehicle is that the export no longer lists; `None`: as the profile says.
        absent_vehicle: Option<AbsentVehicle> =
            "vehicles.absent", Maybe(Choice(&[AbsentVehicle::Keep, AbsentVehicle::Disown], AbsentVehicle::as_str));
        + /// Fields whose policy is set.
        fields: FieldPolicies;
    }
}

/// `[department.fields.<field>]`: the policies that are set; any other field has the default.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FieldPolicies(pub BTreeMap<Field, FieldPolicy>);

const OWNER: Choice<Owner> = Choice(&[Owner::Dms, Owner::Remote, Owner::Fill], Owner::as_str);
const BLANK: Choice<BlankPolicy> = Choice(&[BlankPolicy::Keep, BlankPolicy::Clear], BlankPolicy::as_str);

/// The keys of one field: its owner's, its blank's.
fn keys_of(field: Field) -> [String; 2] {
    ["owner", "blank"].map(|key| format!("fields.{field}.{key}"))
}

impl Table for FieldPolicies {
    fn keys() -> Vec<String> {
        Field::ALL.iter().flat_map(|field| keys_of(*field)).collect()
    }

    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let mut policies = BTreeMap::new();
        let mut sound = true;
        for field in Field::ALL {
            let keys = keys_of(*field);
            if !keys.iter().any(|key| reader.is_stated(key)) {
                continue;
            }
            let [owner, blank] = &keys;
            match (reader.read_or_default(owner, &OWNER), reader.read_or_default(blank, &BLANK)) {
                (Some(owner), Some(blank)) => drop(policies.insert(*field, FieldPolicy { owner, blank })),
                _ => sound = false,
            }
        }
        sound.then_some(Self(policies))
    }

    fn write(&self, out: &mut Vec<(String, String)>) {
        for (field, FieldPolicy { owner, blank }) in &self.0 {
            let [owner_key, blank_key] = keys_of(*field);
            out.push((owner_key, OWNER.write(owner)));
            out.push((blank_key, BLANK.write(blank)));
        }
    }
}

/// The rule of `consent.dms_is_newer`: said in so many words, or not at all.
struct DmsIsNewer;

impl Rule<ConsentAuthority> for DmsIsNewer {
    fn legal(&self) -> String {
        Flag.legal()
    }

    fn read(&self, raw: &Raw, base: &std::path::Path) -> Result<ConsentAuthority, Refusal> {
        let newer = Flag.read(raw, base)?;
        Ok(if newer { ConsentAuthority::DmsIsNewer } else { ConsentAuthority::OptOutSticks })
    }

    fn write(&self, value: &ConsentAuthority) -> String {
        Flag.write(&(*value == ConsentAuthority::DmsIsNewer))
    }
}

impl Department {
    /// What the department decides about its data, where its profile says `export` and `absent` for what the
    /// department leaves open.
    pub fn policies(&self, export: ExportKind, absent: AbsentVehicle) -> Policies {
        Policies {
            fields: self.fields.0.clone(),
            export: self.export.unwrap_or(export),
            merge: self.merge,
            invalid_vin: self.invalid_vin,
            unknown_consent: self.unknown_consent,
            vanished: self.vanished,
            absent_vehicle: self.absent_vehicle.unwrap_or(absent),
            consent: self.consent,
            defaults: Defaults { locale: self.locale, country: self.country.clone() },
        }
    }

    /// Stands for the settings that shape a customer or what is sent of it: part of every source fingerprint, so
    /// that a change to one of them has everyone looked at again. Where data comes from and goes to, and who asks,
    /// does not count; the profile's own fingerprint stands for the profile.
    pub fn shape_fingerprint(&self) -> Fingerprint {
        let Self {
            name: _,
            token: _,
            requester_user_uuid: _,
            dealer_uuids: _,
            input: _,
            profile: _,
            source_id: _,
            export,
            country,
            locale,
            time_zone,
            merge,
            invalid_vin,
            unknown_consent,
            vanished,
            consent,
            absent_vehicle,
            fields,
        } = self;
        let mut parts = vec![
            export.map_or("", ExportKind::as_str).to_owned(),
            country.clone().unwrap_or_default(),
            locale.map_or("", Locale::as_str).to_owned(),
            time_zone.clone(),
            merge.as_str().to_owned(),
            invalid_vin.as_str().to_owned(),
            unknown_consent.as_str().to_owned(),
            vanished.as_str().to_owned(),
            consent.as_str().to_owned(),
            absent_vehicle.map_or("", AbsentVehicle::as_str).to_owned(),
        ];
        for (field, FieldPolicy { owner, blank }) in &fields.0 {
            // A policy that is written out and equal to the default changes nothing.
            if (*owner, *blank) != Default::default() {
                parts.push(format!("{field}={},{}", owner.as_str(), blank.as_str()));
            }
        }
        Fingerprint::of_parts(parts.iter().map(String::as_bytes))
    }
}
