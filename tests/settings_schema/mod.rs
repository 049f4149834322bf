//! The JSON Schema of the settings: that of their types, and what types alone cannot say.

use schemars::Schema;
use schemars::transform::{RecursiveTransform, Transform};
use serde_json::{Value, json};
use windows_hostprocess_policy::settings::Settings;

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
    let mut schema: Value = schema.into();
    let is_of_patterns = |schema: &mut Value| {
        schema["minItems"] = json!(1);
        schema["items"]["minLength"] = json!(1);
    };
    is_of_patterns(&mut schema["properties"]["hyperVRuntimeClassNames"]);
    let types = &mut schema["$defs"];
    let rule = &mut types["Rule"]["properties"];
    for list in [
        "namespaces",
        "serviceAccountNames",
        "requestedBy",
        "connectBy",
    ] {
        is_of_patterns(&mut rule[list]);
    }
    rule["containers"]["minItems"] = json!(1);
    rule["name"]["maxLength"] = json!(63);
    rule["name"]["pattern"] = json!("^[a-z0-9]([-a-z0-9]*[a-z0-9])?$");
    for owner in ["Rule", "ContainerEntry"] {
        for list in ["images", "runAsUserNames"] {
            is_of_patterns(&mut types[owner]["properties"][list]);
        }
    }
    types["ContainerEntry"]["properties"]["exec"]["items"]["minItems"] = json!(1);
    for version in ["kubernetes", "containerd"] {
        let version = &mut types["MinimumVersions"]["properties"][version];
        version["pattern"] = json!(r"^[0-9]+\.[0-9]+(\.[0-9]+)?$");
    }
    let defaults = json!(Settings::default());
    for (of, key) in [
        ("Requirements", "requirements"),
        ("MinimumVersions", "minimumVersions"),
    ] {
        types[of]
            .as_object_mut()
            .expect("an object")
            .remove("required");
        for (name, value) in defaults[key].as_object().expect("an object") {
            types[of]["properties"][name]["default"] = value.clone();
        }
    }
    // A rule has `images` and `runAsUserNames`, or else `containers`.
    types["Rule"]["oneOf"] = json!([
        {"required": ["images", "runAsUserNames"], "properties": {"containers": false}},
        {
            "required": ["containers"],
            "properties": {"images": false, "runAsUserNames": false, "ephemeralContainers": false},
        },
    ]);
    // A container has `exec` beside `command` or `args` alone.
    types["ContainerEntry"]["dependentSchemas"] = json!({
        "exec": {"anyOf": [{"required": ["command"]}, {"required": ["args"]}]},
    });
    schema
}
