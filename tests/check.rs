//! What `hostprocess check` says of tests/data/requests under each of tests/data/settings is
//! what the module says. Without a cluster neither learns of nodes, in words of its own.

use std::path::Path;
use std::process::Command;
use std::{env, fs};

use hostprocess::yaml;
use serde_json::{Value, json};

#[test]
fn check_says_what_the_module_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let document = |path: &Path| -> Value {
        yaml::one(&fs::read_to_string(path).expect("a text")).expect("YAML")
    };
    let mut compared = 0;
    for file in fs::read_dir(root.join("tests/data/settings")).expect("a folder") {
        let file = file.expect("a file").path();
        let run =
            "run -q --locked -p hostprocess -- check -v -o json tests/data/requests --settings";
        let mut check = Command::new(env!("CARGO"));
        let check = check
            .args(run.split(' '))
            .arg(&file)
            .current_dir(root)
            .output();
        let report: Value = serde_json::from_slice(&check.expect("it runs").stdout).expect("JSON");
        for said in report["objects"].as_array().expect("a list") {
            let request = document(&root.join(said["file"].as_str().expect("a path")));
            let payload = json!({"request": request, "settings": document(&file)}).to_string();
            let answer = harness::policy()
                .validate(payload.as_bytes())
                .expect("no trap");
            let answer: Value = serde_json::from_slice(&answer).expect("JSON");
            let message = answer["message"].as_str().unwrap_or_default();
            for reason in said["reasons"].as_array().into_iter().flatten() {
                let reason = reason
                    .as_str()
                    .expect("a text")
                    .split(": \"no cluster")
                    .next();
                assert!(
                    reason.is_some_and(|it| message.contains(it)),
                    "{said}\n{answer}"
                );
            }
            let annotation = |key: &str| answer["audit_annotations"][key].as_str();
            let rule: Option<Value> =
                annotation("suggested-rule").map(|it| yaml::one(it).expect("JSON"));
            let rules: Option<Vec<_>> = annotation("allowed-by").map(|it| it.split(',').collect());
            let answer = json!([answer["accepted"] != true, rules, rule, answer["warnings"]]);
            let said = ["denied", "allowedBy", "suggestedRule", "warnings"].map(|key| &said[key]);
            assert_eq!(json!(said), answer);
            compared += 1;
        }
    }
    assert!(compared > 200, "{compared}");
}
