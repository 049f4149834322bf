//! `artefacts/settings.schema.json` is what the types of the settings give, and takes what the
//! policy takes.

mod settings_schema;

use std::path::Path;

use rstest::rstest;
use serde_json::{Value, json};
use settings_schema::schema;
use windows_hostprocess_policy::settings::Settings;

/// `UPDATE=1 cargo test --test schema` writes the file anew.
#[test]
fn the_schema_is_that_of_the_types() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("artefacts/settings.schema.json");
    let schema = serde_json::to_string_pretty(&schema()).expect("JSON") + "\n";
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &schema).expect("the schema is written");
    }
    let published = std::fs::read_to_string(&path).expect("the schema is there");
    assert!(published == schema, "run UPDATE=1 cargo test --test schema");
}

/// Whether `value` is valid by `schema`, a part of `root`: what the settings' schema needs of
/// JSON Schema, and no more.
fn is_valid(root: &Value, schema: &Value, value: &Value) -> bool {
    let Some(keywords) = schema.as_object() else {
        return schema.as_bool().expect("a schema");
    };
    let valid = |schema: &Value, value: &Value| is_valid(root, schema, value);
    let length = |length: Option<usize>, fits: fn(usize, usize) -> bool, limit: &Value| {
        let limit = limit.as_u64().expect("a limit") as usize;
        length.is_none_or(|length| fits(length, limit))
    };
    let (object, list, text) = (value.as_object(), value.as_array(), value.as_str());
    let required = |name: &Value| {
        object.is_none_or(|object| object.contains_key(name.as_str().expect("a name")))
    };
    keywords.iter().all(|(keyword, rule)| {
        let rules = rule.as_array().map(Vec::as_slice).unwrap_or_default();
        let mut fields = rule.as_object().into_iter().flatten();
        match keyword.as_str() {
            "$schema" | "$defs" | "title" | "description" | "default" => true,
            "$ref" => {
                let place = rule.as_str().expect("a reference").trim_start_matches('#');
                valid(root.pointer(place).expect("a definition"), value)
            }
            "type" => match rule.as_str().expect("a type") {
                "object" => value.is_object(),
                "array" => value.is_array(),
                "string" => value.is_string(),
                "boolean" => value.is_boolean(),
                other => panic!("unknown type {other}"),
            },
            "properties" => fields.all(|(name, schema)| {
                let field = object.and_then(|object| object.get(name));
                field.is_none_or(|field| valid(schema, field))
            }),
            "additionalProperties" => object.is_none_or(|object| {
                assert_eq!(*rule, json!(false));
                object
                    .keys()
                    .all(|name| schema["properties"].get(name).is_some())
            }),
            "dependentSchemas" => fields.all(|(name, schema)| {
                let given = object.is_some_and(|object| object.contains_key(name));
                !given || valid(schema, value)
            }),
            "required" => rules.iter().all(required),
            "items" => list.is_none_or(|list| list.iter().all(|entry| valid(rule, entry))),
            "const" => rule == value,
            "enum" => rules.contains(value),
            "oneOf" => rules.iter().filter(|schema| valid(schema, value)).count() == 1,
            "anyOf" => rules.iter().any(|schema| valid(schema, value)),
            "minItems" => length(list.map(Vec::len), |length, limit| length >= limit, rule),
            "maxItems" => length(list.map(Vec::len), |length, limit| length <= limit, rule),
            "minLength" => length(text.map(str::len), |length, limit| length >= limit, rule),
            "maxLength" => length(text.map(str::len), |length, limit| length <= limit, rule),
            // Both patterns are of names and numbers: what they say of blanks is enough here.
            "pattern" => text.is_none_or(|text| !text.is_empty() && !text.contains(' ')),
            other => panic!("unknown keyword {other}"),
        }
    })
}

fn any_container() -> Value {
    json!({"images": ["*"], "runAsUserNames": ["*"]})
}

/// A rule in the short form, or with one container, and `field` of it.
fn with_field(short: bool, field: &str, value: Value) -> Value {
    let mut rule = json!({"name": "r", "namespaces": ["*"]});
    if short {
        rule["images"] = json!(["*"]);
        rule["runAsUserNames"] = json!(["*"]);
    } else {
        rule["containers"] = json!([any_container()]);
    }
    rule[field] = value;
    json!({ "allow": [rule] })
}

fn short(field: &str, value: Value) -> Value {
    with_field(true, field, value)
}

fn container(field: &str, value: Value) -> Value {
    let mut container = any_container();
    container[field] = value;
    with_field(false, "containers", json!([container]))
}

fn with_exec(exec: Value) -> Value {
    let mut settings = container("command", json!([]));
    settings["allow"][0]["containers"][0]["exec"] = exec;
    settings
}

#[rstest]
#[case::empty(json!({}), true)]
#[case::no_rules(json!({"allow": []}), true)]
#[case::short_form(short("ephemeralContainers", json!(true)), true)]
#[case::containers(container("ephemeral", json!(true)), true)]
#[case::empty_words(container("command", json!([])), true)]
#[case::empty_word(container("args", json!([""])), true)]
#[case::pattern_of_words(container("command", json!([{"pattern": "*.exe"}])), true)]
#[case::pattern_in_exec(with_exec(json!([[{"pattern": "*.exe"}, "x"]])), true)]
#[case::ignore(json!({"requirements": {"hostNetwork": "ignore"}}), true)]
#[case::off(json!({"requirements": {"hostNetwork": "off"}}), false)]
#[case::false_requirement(json!({"requirements": {"hostNetwork": false}}), false)]
#[case::versions(json!({"minimumVersions": {"kubernetes": "1.23"}}), true)]
#[case::list(json!([]), false)]
#[case::unknown_key(json!({"x": 1}), false)]
#[case::unknown_key_of_a_rule(short("commands", json!(["*"])), false)]
#[case::unknown_key_of_a_container(container("name", json!("x")), false)]
#[case::unknown_requirement(json!({"requirements": {"x": "ignore"}}), false)]
#[case::unknown_version(json!({"minimumVersions": {"x": "1.23"}}), false)]
#[case::null_rules(json!({"allow": null}), false)]
#[case::null_rule(json!({"allow": [null]}), false)]
#[case::list_for_a_rule(json!({"allow": [["r", ["*"]]]}), false)]
#[case::null_requirements(json!({"requirements": null}), false)]
#[case::null_requirement(json!({"requirements": {"hostNetwork": null}}), false)]
#[case::true_requirement(json!({"requirements": {"hostNetwork": true}}), false)]
#[case::null_classes(json!({"hyperVRuntimeClassNames": null}), false)]
#[case::no_classes(json!({"hyperVRuntimeClassNames": []}), false)]
#[case::null_versions(json!({"minimumVersions": null}), false)]
#[case::null_version(json!({"minimumVersions": {"containerd": null}}), false)]
#[case::odd_version(json!({"minimumVersions": {"containerd": "1.6 or so"}}), false)]
#[case::no_name(json!({"allow": [{"namespaces": ["*"], "containers": [any_container()]}]}), false)]
#[case::odd_name(short("name", json!("a b")), false)]
#[case::long_name(short("name", json!("a".repeat(64))), false)]
#[case::no_namespaces(json!({"allow": [{"name": "r", "containers": [any_container()]}]}), false)]
#[case::neither_form(json!({"allow": [{"name": "r", "namespaces": ["*"]}]}), false)]
#[case::half_a_form(json!({"allow": [{"name": "r", "namespaces": ["*"], "images": ["*"]}]}), false)]
#[case::both_forms(short("containers", json!([any_container()])), false)]
#[case::images_beside_containers(with_field(false, "images", json!(["*"])), false)]
#[case::flag_beside_containers(with_field(false, "ephemeralContainers", json!(false)), false)]
#[case::no_containers(with_field(false, "containers", json!([])), false)]
#[case::container_without_accounts(with_field(false, "containers", json!([{"images": ["*"]}])), false)]
#[case::null_container(with_field(false, "containers", json!([null])), false)]
#[case::flat_exec(container("exec", json!(["cmd.exe"])), false)]
#[case::empty_exec_without_command(container("exec", json!([])), false)]
#[case::exec_without_command(container("exec", json!([["cmd.exe"]])), false)]
#[case::empty_object_among_words(container("command", json!([{}])), false)]
#[case::other_key_beside_a_pattern(container("command", json!([{"pattern": "*", "x": 1}])), false)]
#[case::number_as_a_pattern(container("command", json!([{"pattern": 1}])), false)]
#[case::too_long_a_word(container("command", json!(["a".repeat(32_768)])), false)]
#[case::command_in_a_string(container("command", json!("cmd.exe")), false)]
fn shapes(#[case] settings: Value, #[case] expected: bool) {
    reader_and_schema_agree(&settings, expected);
}

/// No optional key may be null, and no list of patterns empty or with empty entries.
#[rstest]
fn lists_of_patterns(
    #[values(
        "namespaces",
        "serviceAccountNames",
        "requestedBy",
        "connectBy",
        "images",
        "runAsUserNames"
    )]
    key: &str,
    #[values(json!(null), json!([]), json!([""]), json!([null]), json!("*"))] value: Value,
) {
    reader_and_schema_agree(&short(key, value), false);
}

#[rstest]
fn null_in_a_container(
    #[values("images", "runAsUserNames", "command", "args", "exec", "ephemeral")] key: &str,
) {
    reader_and_schema_agree(&container(key, json!(null)), false);
}

fn reader_and_schema_agree(settings: &Value, expected: bool) {
    let schema = schema();
    assert_eq!(is_valid(&schema, &schema, settings), expected, "the schema");
    assert_eq!(
        Settings::read(settings.clone()).is_ok(),
        expected,
        "the reader"
    );
}
