//! What the JSON Schema of the settings says that types alone cannot.

use alloc::borrow::Cow;
use alloc::string::ToString;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::{Mode, Modes};
use crate::requirements::REQUIREMENTS;

/// One or more strings, none of them empty.
pub(crate) struct Strings;
/// Patterns of the names of namespaces.
pub(crate) struct Namespaces;
/// Patterns of the names of service accounts.
pub(crate) struct ServiceAccounts;
/// The commands of a rule, among which the empty string has a meaning.
pub(crate) struct Commands;
/// One of the lists of `requestedBy`, which may be empty where the other is not.
pub(crate) struct Requesters;
/// `major.minor`, with or without what follows.
pub(crate) struct MinimumVersion;

macro_rules! inline_schema {
    ($name:ident, $schema:tt) => {
        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn inline_schema() -> bool {
                true
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    };
}

inline_schema!(Strings, {
    "type": "array",
    "minItems": 1,
    "items": {"type": "string", "minLength": 1},
});
inline_schema!(Namespaces, {
    "type": "array",
    "minItems": 1,
    "items": {"type": "string", "pattern": "^[-a-z0-9*?]+$"},
});
inline_schema!(ServiceAccounts, {
    "type": "array",
    "minItems": 1,
    "items": {"type": "string", "pattern": "^[-.a-z0-9*?]+$"},
});
inline_schema!(Commands, {"type": "array", "minItems": 1, "items": {"type": "string"}});
inline_schema!(Requesters, {"type": "array", "items": {"type": "string", "minLength": 1}});
inline_schema!(MinimumVersion, {
    "type": "string",
    "pattern": r"^v?[0-9]+\.[0-9]+(\.[0-9]+)?([-+~ ].*)?$",
});

impl JsonSchema for Modes {
    fn schema_name() -> Cow<'static, str> {
        "Requirements".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let mut properties = serde_json::Map::new();
        let names = Mode::NAMES.map(|(name, _)| name);
        for requirement in &REQUIREMENTS {
            let default = Mode::NAMES
                .iter()
                .find(|mode| mode.1 == requirement.default);
            properties.insert(
                requirement.name.to_string(),
                serde_json::json!({
                    "description": requirement.description,
                    // false is what YAML 1.1 makes of a bare off.
                    "enum": [names[0], names[1], names[2], false, null],
                    "default": default.map(|mode| mode.0),
                }),
            );
        }
        json_schema!({
            "type": "object",
            "properties": properties,
            "additionalProperties": false,
        })
    }
}
