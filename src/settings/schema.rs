//! What the JSON Schema of the settings says that types alone cannot.

use schemars::transform::{RecursiveTransform, Transform};
use schemars::{Schema, json_schema};
use serde_json::{Value, json};

use super::types::Settings;

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
    *mode = json_schema!({
        "description": "What a failed requirement does: deny denies the request, warn admits \
            it with a warning, off is not judged. false is what YAML 1.1 makes of off.",
        "enum": ["deny", "warn", "off", false],
    });
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
