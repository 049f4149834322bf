//! artefacts/settings.schema.json: it is made of the policy's own types, and it
//! says of settings what the policy says, as far as JSON Schema can.

use std::fs;

use conformance::settings;
use jsonschema::Validator;
use published::{files, judge};
use schemars::Schema;
use serde_json::{Value, json};
use windows_hostprocess_policy::settings::Settings;

const SCHEMA: &str = "artefacts/settings.schema.json";
/// Set in the environment, it has the schema written anew.
const UPDATE: &str = "UPDATE_PUBLISHED";

/// What the policy refuses and the schema does not: JSON Schema knows no names that
/// are unique in a list, and the forms of images and accounts, and that one of two
/// lists has an entry, are told in words.
const ONLY_THE_POLICY_REFUSES: [&str; 21] = [
    "two rules of one name",
    "an image without a registry",
    "an image of docker.io without its name",
    "a wildcard in the registry",
    "a question mark in the registry",
    "a wildcard for the registry",
    "the second image of the second rule",
    "a wildcard behind a registry without a slash",
    "an image of wildcards alone",
    "an image with a scheme",
    "a slash for the backslash",
    "two backslashes",
    "a forbidden character in the user",
    "a control character in the account",
    "a user of 105 characters",
    "a user of nothing",
    "a domain of nothing",
    "a user of dots",
    "requestedBy with nothing in it",
    "requestedBy with empty lists",
    "requestedBy of anyone beside a group",
];

fn validator() -> Validator {
    jsonschema::validator_for(made_of_types().as_value()).expect("the schema is one")
}

/// The schema of the policy's types. Settings may be null, which a type cannot say
/// of itself.
fn made_of_types() -> Schema {
    let mut schema = schemars::schema_for!(Settings);
    schema.insert("type".to_owned(), json!(["object", "null"]));
    schema
}

#[test]
fn the_schema_is_made_of_the_policys_types() {
    let schema = serde_json::to_string_pretty(&made_of_types()).expect("a schema is JSON") + "\n";
    if std::env::var_os(UPDATE).is_some() {
        fs::write(files::root().join(SCHEMA), &schema).expect("the file can be written");
    }
    let written = files::text(SCHEMA);
    for (line, (written, schema)) in written.lines().zip(schema.lines()).enumerate() {
        assert_eq!(
            written,
            schema,
            "{SCHEMA}:{}: {UPDATE}=1 writes it anew",
            line + 1
        );
    }
    assert_eq!(
        written.len(),
        schema.len(),
        "{SCHEMA}: {UPDATE}=1 writes it anew"
    );
}

#[test]
fn the_schema_and_the_policy_agree_on_the_decision_table() {
    let validator = validator();
    let mut only_the_policy = Vec::new();
    for case in settings::read() {
        // What stands twice, or is no JSON at all, never gets as far as a schema.
        let twice = case.errors.iter().any(|error| error.says == "twice");
        let Ok(document) = case.text.parse::<Value>() else {
            continue;
        };
        if twice {
            continue;
        }
        let valid = case.errors.is_empty();
        assert_eq!(judge::settings(&document).valid, valid, "{}", case.name);
        let accepted = validator.is_valid(&document);
        assert!(
            accepted || !valid,
            "the schema alone refuses: {}",
            case.name
        );
        if accepted && !valid {
            only_the_policy.push(case.name);
        }
    }
    assert_eq!(only_the_policy, ONLY_THE_POLICY_REFUSES);
}

#[test]
fn all_published_settings_are_valid_by_the_schema() {
    let validator = validator();
    let mut found = 0;
    for file in files::below("artefacts") {
        let documents = if file.ends_with(".settings.yaml") {
            files::documents(&file)
        } else if file.starts_with("artefacts/policies/") {
            let policies = files::documents(&file).into_iter();
            policies
                .filter_map(|policy| policy["spec"].get("settings").cloned())
                .collect()
        } else {
            continue;
        };
        for document in documents {
            if let Err(error) = validator.validate(&document) {
                panic!("{file}: {}: {error}", error.instance_path());
            }
            found += 1;
        }
    }
    assert!(found > 30, "only {found} settings were found");
}

#[test]
fn everything_that_can_be_set_is_described() {
    fn check(path: &str, schema: &Value) {
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            let described = property["description"]
                .as_str()
                .is_some_and(|text| !text.is_empty());
            assert!(described, "{path}.{name} has no description");
        }
    }
    let schema = made_of_types();
    check("settings", schema.as_value());
    for (name, definition) in schema.as_value()["$defs"].as_object().expect("definitions") {
        check(name, definition);
    }
}
