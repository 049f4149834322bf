//! Other ways to write the same request.

use serde_json::{Value, json};

use crate::dice::Dice;
use crate::requests::{CONTAINER_LISTS, GeneratedRequest};

/// Adds the API server's defaults in half of the cases, and null in place of some absent fields. An
/// update gets the defaults in both objects.
pub fn add_fields_that_say_nothing(generated: &mut GeneratedRequest, dice: &mut Dice) {
    let with_defaults = dice.one_in(2);
    for object in ["object", "oldObject"] {
        if let Some(template) = generated.template_mut(object) {
            if with_defaults {
                add_defaults_to_template(template);
            }
            add_nulls_to_template(template, dice);
        }
    }
}

fn add_defaults_to_template(template: &mut Value) {
    let spec = &mut template["spec"];
    let name = spec.get("serviceAccountName").cloned();
    let name = name.unwrap_or(json!("default"));
    add_defaults(
        spec,
        &[
            ("serviceAccountName", name.clone()),
            // The old name of the same field.
            ("serviceAccount", name),
            ("restartPolicy", json!("Always")),
        ],
    );
    for container in containers_mut(spec) {
        add_defaults(
            container,
            &[
                ("imagePullPolicy", json!("Always")),
                ("resources", json!({})),
            ],
        );
    }
}

fn add_nulls_to_template(template: &mut Value, dice: &mut Dice) {
    let metadata = &mut template["metadata"];
    add_nulls(
        metadata,
        &["creationTimestamp", "annotations", "labels"],
        dice,
    );

    let spec = &mut template["spec"];
    let lists = ["initContainers", "ephemeralContainers"];
    add_nulls(spec, &lists, dice);
    add_nulls(spec, &["volumes", "affinity", "os"], dice);
    for container in containers_mut(spec) {
        let fields = ["command", "args", "env", "lifecycle", "image"];
        add_nulls(container, &fields, dice);
    }
}

fn containers_mut(spec: &mut Value) -> impl Iterator<Item = &mut Value> {
    let fields = spec.as_object_mut().expect("a pod spec").iter_mut();
    let lists = fields.filter(|(key, _)| CONTAINER_LISTS.contains(&key.as_str()));
    lists.filter_map(|(_, list)| list.as_array_mut()).flatten()
}

/// Adds the fields of `defaults` that are absent.
fn add_defaults(object: &mut Value, defaults: &[(&str, Value)]) {
    let fields = object.as_object_mut().expect("an object");
    for (key, default) in defaults {
        if !fields.contains_key(*key) {
            fields.insert((*key).to_owned(), default.clone());
        }
    }
}

/// Adds null for some of the fields `keys` that are absent.
fn add_nulls(object: &mut Value, keys: &[&str], dice: &mut Dice) {
    let fields = object.as_object_mut().expect("an object");
    for key in keys {
        if dice.one_in(2) {
            fields.entry(*key).or_insert(Value::Null);
        }
    }
}

/// Gives some fields of the request the names that the SDK's own types have.
pub fn rename_fields_as_in_the_sdk(request: &mut Value, dice: &mut Dice) {
    let fields = request.as_object_mut().expect("an object");
    for (camel_case, snake_case) in [("userInfo", "user_info"), ("oldObject", "old_object")] {
        if dice.one_in(2)
            && let Some(value) = fields.remove(camel_case)
        {
            fields.insert(snake_case.to_owned(), value);
        }
    }
}

/// Writes `value` as JSON, with keys in any order, some of them twice, and some characters escaped.
pub fn write_json(value: &Value, dice: &mut Dice) -> String {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<(&String, &Value)> = fields.iter().collect();
            shuffle(&mut fields, dice);
            let mut written = Vec::new();
            for (key, value) in fields {
                // Of two values of a key, the last one counts.
                if dice.one_in(8) {
                    let earlier_value = dice.pick(&["null", "true", "{}", "[7]", "\"x\""]);
                    written.push(format!("{}:{earlier_value}", write_text(key, dice)));
                }
                let key = write_text(key, dice);
                let value = write_json(value, dice);
                written.push(format!("{key}: {value}"));
            }
            format!("{{{}}}", written.join(","))
        }
        Value::Array(entries) => {
            let written: Vec<String> = entries
                .iter()
                .map(|entry| write_json(entry, dice))
                .collect();
            format!("[ {}]", written.join(",\n"))
        }
        Value::String(text) => write_text(text, dice),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

fn shuffle<T>(entries: &mut [T], dice: &mut Dice) {
    for last in (1..entries.len()).rev() {
        entries.swap(last, dice.below(last + 1));
    }
}

/// Writes a string of JSON, in which many, few or nearly no characters are escaped.
fn write_text(text: &str, dice: &mut Dice) -> String {
    let escape_one_in = dice.pick(&[2, 20, 1000]);
    let mut written = String::from("\"");
    for character in text.chars() {
        match character {
            '/' if dice.one_in(3) => written.push_str("\\/"),
            '"' | '\\' => written.extend(['\\', character]),
            _ if character < ' ' || dice.one_in(escape_one_in) => {
                // Four digits are enough for every character of the generated texts.
                written.push_str(&format!("\\u{:04x}", u32::from(character)));
            }
            _ => written.push(character),
        }
    }
    written.push('"');
    written
}
