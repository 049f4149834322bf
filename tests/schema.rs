//! The JSON Schema describes the keys of the settings, and accepts the values that the policy
//! accepts. `tests/data/settings.yaml` has more cases for it. `published/schema.rs` compares it with
//! the published file, `artefacts/settings.schema.json`.

mod settings_schema;

use std::collections::BTreeSet;

use rstest::rstest;
use serde_json::{Value, json};
use settings_schema::schema;
use windows_hostprocess_policy::settings::{
    ContainerEntry, MinimumVersions, Requirement, Rule, Settings,
};

/// The keys of a type stand beside it, in `KEYS`.
#[rstest]
#[case::settings("", &Settings::KEYS)]
#[case::rule("/$defs/Rule", &Rule::KEYS)]
#[case::container_entry("/$defs/ContainerEntry", &ContainerEntry::KEYS)]
#[case::requirements("/$defs/Requirements", &Requirement::KEYS)]
#[case::minimum_versions("/$defs/MinimumVersions", &MinimumVersions::KEYS)]
fn the_schema_has_every_key_with_a_description(
    #[case] definition: &str,
    #[case] keys: &[&'static str],
) {
    let schema = schema();
    let object = schema.pointer(definition).expect("a definition");
    let properties = object["properties"].as_object().expect("properties");
    let described: BTreeSet<&str> = properties.keys().map(String::as_str).collect();
    assert_eq!(described, keys.iter().copied().collect());
    for (key, property) in properties {
        assert!(property["description"].is_string(), "{key}");
    }
}

/// The policy refuses a value of the wrong type only in a key that it reads. So this also finds a key that
/// only the schema has.
#[rstest]
fn policy_and_schema_accept_the_same_types(
    #[values(
        json!(null),
        json!(true),
        json!(5),
        json!(""),
        json!("deny"),
        json!([]),
        json!([null]),
        json!([5]),
        json!([""]),
        json!(["*"]),
        json!([[]]),
        json!({}),
        json!([{}])
    )]
    value: Value,
) {
    let mut keys_of_a_short_rule = Rule::KEYS.to_vec();
    keys_of_a_short_rule.retain(|key| *key != "containers");

    let validator = jsonschema::validator_for(&schema()).expect("a schema");
    for (path, keys) in [
        ("", &Settings::KEYS as &[&str]),
        ("/allow/0", &keys_of_a_short_rule),
        ("/allow/1", &["containers"]),
        ("/allow/1/containers/0", &ContainerEntry::KEYS),
        ("/requirements", &Requirement::KEYS),
        ("/minimumVersions", &MinimumVersions::KEYS),
    ] {
        for key in keys {
            let mut settings = valid_settings();
            settings.pointer_mut(path).expect("an object")[*key] = value.clone();
            let by_policy = Settings::read(settings.clone()).err();
            let by_schema = validator.validate(&settings).err();
            assert_eq!(
                by_policy.is_none(),
                by_schema.is_none(),
                "{path}/{key}: {value}\npolicy: {by_policy:?}\nschema: {by_schema:?}"
            );
        }
    }
}

/// Settings with every object, in which any key may be set alone. The first rule has the short form,
/// the second one has `containers`.
fn valid_settings() -> Value {
    json!({
        "allow": [
            {"name": "a", "namespaces": ["*"], "images": ["*"], "runAsUserNames": ["*"]},
            {"name": "b", "namespaces": ["*"], "containers": [
                {"images": ["*"], "runAsUserNames": ["*"], "command": [], "args": []},
            ]},
        ],
        "requirements": {},
        "minimumVersions": {},
    })
}
