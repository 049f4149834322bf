//! The JSON Schema of the settings: the schema of their types, and what types alone cannot say.

use schemars::Schema;
use schemars::transform::{RecursiveTransform, Transform};
use serde_json::{Value, json};
use windows_hostprocess_policy::settings::Settings;

/// The lists of a rule whose entries are patterns.
const PATTERN_LISTS_OF_A_RULE: [&str; 6] = [
    "namespaces",
    "serviceAccountNames",
    "requestedBy",
    "connectBy",
    "images",
    "runAsUserNames",
];

/// The JSON Schema of the settings (draft 2020-12).
pub fn schema() -> Value {
    let mut schema = schemars::schema_for!(Settings);
    RecursiveTransform(forbid_null).transform(&mut schema);

    let mut schema: Value = schema.into();
    require_patterns(&mut schema["properties"]["hyperVRuntimeClassNames"]);
    let definitions = &mut schema["$defs"];
    complete_rule(&mut definitions["Rule"]);
    complete_container_entry(&mut definitions["ContainerEntry"]);
    for version in ["kubernetes", "containerd"] {
        let property = &mut definitions["MinimumVersions"]["properties"][version];
        property["pattern"] = json!(r"^[0-9]+\.[0-9]+(\.[0-9]+)?$");
    }
    let defaults = json!(Settings::default());
    make_optional(&mut definitions["Requirements"], &defaults["requirements"]);
    make_optional(
        &mut definitions["MinimumVersions"],
        &defaults["minimumVersions"],
    );
    schema
}

/// schemars gives optional fields the types `[TYPE, "null"]`. In settings such a field may be left
/// out, but it may not be null.
fn forbid_null(schema: &mut Schema) {
    if let Some(Value::Array(types)) = schema.get("type") {
        let only_type = types[0].clone();
        schema.insert("type".to_owned(), only_type);
    }
}

/// Requires at least one entry in a list, and no empty ones.
fn require_patterns(list: &mut Value) {
    list["minItems"] = json!(1);
    list["items"]["minLength"] = json!(1);
}

fn complete_rule(rule: &mut Value) {
    let properties = &mut rule["properties"];
    for list in PATTERN_LISTS_OF_A_RULE {
        require_patterns(&mut properties[list]);
    }
    properties["containers"]["minItems"] = json!(1);
    properties["name"]["maxLength"] = json!(63);
    properties["name"]["pattern"] = json!("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$");

    // A rule has `images` and `runAsUserNames`, or else `containers`.
    rule["oneOf"] = json!([
        {"required": ["images", "runAsUserNames"], "properties": {"containers": false}},
        {
            "required": ["containers"],
            "properties": {"images": false, "runAsUserNames": false, "ephemeralContainers": false},
        },
    ]);
}

fn complete_container_entry(entry: &mut Value) {
    let properties = &mut entry["properties"];
    for list in ["images", "runAsUserNames"] {
        require_patterns(&mut properties[list]);
    }
    properties["exec"]["items"]["minItems"] = json!(1);

    // An entry has `exec` only beside `command` or `args`.
    entry["dependentSchemas"] = json!({
        "exec": {"anyOf": [{"required": ["command"]}, {"required": ["args"]}]},
    });
}

/// Requires no property of an object, and gives each its default.
fn make_optional(object: &mut Value, defaults: &Value) {
    let fields = object.as_object_mut().expect("a definition");
    fields.remove("required");
    for (name, default) in defaults.as_object().expect("defaults") {
        object["properties"][name]["default"] = default.clone();
    }
}
