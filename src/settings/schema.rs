//! What the JSON Schema of the settings says that types alone cannot.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};

use super::types::{Mode, Settings};

/// The JSON Schema of the settings (draft 2020-12).
pub fn schema() -> Value {
    schemars::schema_for!(Settings).into()
}

macro_rules! inline_schema {
    ($($(#[$doc:meta])* $name:ident: $schema:tt)*) => {$(
        $(#[$doc])*
        pub struct $name;

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
    )*};
}

inline_schema! {
    /// One or more patterns, none of them empty.
    Patterns: {"type": "array", "minItems": 1, "items": {"type": "string", "minLength": 1}}
    /// An RFC 1123 label.
    Label: {"type": "string", "maxLength": 63, "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"}
    /// One or more patterns of words.
    Command: {"type": "array", "minItems": 1, "items": {"type": "string"}}
    /// `major.minor` or `major.minor.patch`
    MinimumVersion: {"type": "string", "pattern": r"^[0-9]+\.[0-9]+(\.[0-9]+)?$"}
}

impl JsonSchema for Mode {
    fn schema_name() -> Cow<'static, str> {
        "Mode".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "What a failed requirement does: deny denies the request, warn admits \
                it with a warning, off is not judged. false is what YAML 1.1 makes of off.",
            "enum": ["deny", "warn", "off", false],
        })
    }
}

/// A rule has `images` and `runAsUserNames`, or else `containers`.
pub fn one_form(rule: &mut Schema) {
    let forms = json!([
        {"required": ["images", "runAsUserNames"], "properties": {"containers": false}},
        {
            "required": ["containers"],
            "properties": {"images": false, "runAsUserNames": false, "ephemeralContainers": false},
        },
    ]);
    rule.insert("oneOf".to_owned(), forms);
}

/// A container has `exec` beside `command` or `args` alone.
pub fn exec_with_command(container: &mut Schema) {
    let command = json!({
        "exec": {"anyOf": [
            {"required": ["command"]},
            {"required": ["args"]},
            {"properties": {"exec": {"maxItems": 0}}},
        ]},
    });
    container.insert("dependentSchemas".to_owned(), command);
}
