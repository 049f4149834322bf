//! What the JSON Schema of the settings says that types alone cannot.

use schemars::Schema;
use schemars::transform::{RecursiveTransform, Transform};
use serde_json::{Value, json};

use super::types::Settings;

/// An RFC 1123 label but for its length.
pub const LABEL: &str = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$";
/// `major.minor` or `major.minor.patch`
pub const VERSION: &str = r"^[0-9]+\.[0-9]+(\.[0-9]+)?$";

/// The JSON Schema of the settings (draft 2020-12).
pub fn schema() -> Value {
    let mut schema = schemars::schema_for!(Settings);
    // What may be left out may not be null.
    RecursiveTransform(|schema: &mut Schema| {
        if let Some(Value::Array(types)) = schema.get("type") {
            schema.insert("type".to_owned(), types[0].clone());
        }
    })
    .transform(&mut schema);
    schema.into()
}

/// `false` is a mode, too.
pub fn false_is_off(mode: &mut Schema) {
    mode.remove("oneOf");
    mode.insert("enum".to_owned(), json!(["deny", "warn", "off", false]));
}

/// `oneOf` of a rule: it has `images` and `runAsUserNames`, or else `containers`.
pub fn forms() -> Value {
    json!([
        {"required": ["images", "runAsUserNames"], "properties": {"containers": false}},
        {
            "required": ["containers"],
            "properties": {"images": false, "runAsUserNames": false, "ephemeralContainers": false},
        },
    ])
}

/// `dependentSchemas` of a container: it has `exec` beside `command` or `args` alone.
pub fn exec_with_command() -> Value {
    json!({
        "exec": {"anyOf": [
            {"required": ["command"]},
            {"required": ["args"]},
            {"properties": {"exec": {"maxItems": 0}}},
        ]},
    })
}
