//! artefacts/examples: each folder has settings or a policy, and one or several manifests and
//! admission requests. The answer to `NAME.yaml` or `NAME.json` is in `NAME.txt`, or in `answer.txt`
//! if all inputs of a folder have the same answer.
//!
//! `cluster.yaml` is what the host returns when the policy asks. `grants.yaml` has roles and their
//! bindings: without a `cluster.yaml`, they decide what RBAC answers.

use std::path::Path;

use serde_json::Value;

use crate::judging::{Rbac, answer, answer_given, answer_on, assert_valid, creation};
use crate::{files, policies};

const FOLDER: &str = "artefacts/examples";

/// Files in an example that are not judged.
const NO_INPUT: [&str; 4] = [
    "settings.yaml",
    "policy.yaml",
    "cluster.yaml",
    "grants.yaml",
];

/// The settings of the example in `folder`.
fn settings(folder: &str) -> Value {
    let policy_path = format!("{folder}/policy.yaml");
    if Path::new(&policy_path).exists() {
        let policy = files::document(&policy_path);
        policies::assert_made_of_the_metadata(&policy_path, &policy);
        return policy["spec"]["settings"].clone();
    }

    let settings = files::document(&format!("{folder}/settings.yaml"));
    assert_valid(folder, &settings);
    settings
}

/// The answer to the input at `path`.
fn judge(path: &str, folder: &str, settings: &Value) -> String {
    let document = files::document(path);
    let is_request = document["operation"].is_string();
    let request = if is_request {
        document
    } else {
        creation(&document)
    };

    let cluster_path = format!("{folder}/cluster.yaml");
    let grants_path = format!("{folder}/grants.yaml");
    if Path::new(&cluster_path).exists() {
        answer_given(&files::document(&cluster_path), &request, settings)
    } else if Path::new(&grants_path).exists() {
        answer_on(&Rbac(files::documents(&grants_path)), &request, settings)
    } else {
        answer(&request, settings)
    }
}

#[test]
fn each_input_has_the_answer_beside_it() {
    for folder in files::below(FOLDER) {
        let settings = settings(&folder);
        let mut inputs = 0;
        for path in files::below(&folder) {
            let (stem, ending) = path.rsplit_once('.').expect("an ending");
            let name = path.rsplit('/').next().unwrap_or_default();
            if ending == "txt" || NO_INPUT.contains(&name) {
                continue;
            }
            let mut answer_path = format!("{stem}.txt");
            if !Path::new(&answer_path).exists() {
                answer_path = format!("{folder}/answer.txt");
            }
            files::assert_holds(&answer_path, &judge(&path, &folder, &settings));
            inputs += 1;
        }
        assert!(inputs > 0, "no input in {folder}");
    }
}

/// kwctl reads requests, `hostprocess check` reads manifests.
#[test]
fn a_request_is_about_the_manifest_beside_it() {
    for folder in files::below(FOLDER) {
        let request_path = format!("{folder}/request.json");
        let manifest_path = format!("{folder}/daemonset.yaml");
        if Path::new(&request_path).exists() && Path::new(&manifest_path).exists() {
            let request = files::document(&request_path);
            assert_eq!(
                request["object"],
                files::document(&manifest_path),
                "{folder}"
            );
        }
    }
}
