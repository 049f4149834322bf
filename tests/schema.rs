//! `artefacts/settings.schema.json` describes the keys of the settings, and accepts the values that
//! the policy accepts. `tests/data/settings.yaml` holds it to more cases.

mod settings_schema;

use std::collections::BTreeSet;
use std::path::Path;

use rstest::rstest;
use serde_json::{Value, json};
use settings_schema::schema;
use windows_hostprocess_policy::settings::{
    ContainerEntry, MinimumVersions, Requirement, Rule, Settings,
};

/// `UPDATE=1 cargo test --test schema` writes the file anew.
#[test]
fn the_published_schema_is_made_of_the_types() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("artefacts/settings.schema.json");
    let schema = serde_json::to_string_pretty(&schema()).expect("JSON") + "\n";
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &schema).expect("the schema is written");
    }
    let published = std::fs::read_to_string(&path).expect("the schema is there");
    assert!(published == schema, "run UPDATE=1 cargo test --test schema");
}

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

/// A wrong value is refused by both; so the policy reads every key that the schema has.
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
    let validator = jsonschema::validator_for(&schema()).expect("a schema");
    for (path, keys) in [
        ("", &Settings::KEYS as &[&str]),
        ("/allow/0", &Rule::KEYS[..8]),
        ("/allow/1", &Rule::KEYS[8..]),
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

/// Settings with every object, in which any key may be set alone.
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
