//! artefacts/rules: settings with rules for what vendors publish.
//!
//! tests/data/workloads has the vendors' workloads, shortened: images, accounts, service accounts
//! and commands are theirs. The first document of each file says which rule admits the workload.
//! A rule has to admit its workload in every version, and to deny it as soon as one image, account
//! or named word is exchanged.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::files;
use crate::judging::{admitted_by, answer, assert_valid, creation, is_denied};

/// The folder of the rules.
pub const FOLDER: &str = "artefacts/rules";

const WORKLOADS: &str = "tests/data/workloads";

/// What stands before a workload in its file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Expectation {
    /// The name of the file in artefacts/rules, without its ending.
    file: String,
    /// The name of the rule that admits the workload.
    rule: String,
    /// True if the rule names the words of every container.
    names_words: bool,
    /// Where else the images are published, and other changes between versions.
    #[serde(default)]
    also_published_in: Vec<Replacement>,
}

/// How another version of a workload differs from the one in the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Replacement {
    /// The text in the file.
    in_place_of: String,
    /// The text in the other version.
    from: String,
}

/// A workload as its vendor publishes it, with the rule for it.
struct Published {
    expectation: Expectation,
    workload: Value,
}

/// One container of a pod spec.
#[derive(Clone, Copy)]
struct ContainerPosition {
    list: &'static str,
    index: usize,
}

impl Published {
    /// Reads the workload at `path`.
    fn read(path: &str) -> Self {
        let mut documents = files::documents(path);
        assert_eq!(documents.len(), 2, "documents in {path}");
        let workload = documents.remove(1);
        let expectation = serde_json::from_value(documents.remove(0));
        Self {
            expectation: expectation.unwrap_or_else(|error| panic!("{path}: {error}")),
            workload,
        }
    }

    /// The pod spec of the workload.
    fn pod_spec(&self) -> &Value {
        self.workload
            .pointer(self.pod_spec_pointer())
            .expect("a pod spec")
    }

    /// Where the pod spec stands in the workload, as a JSON pointer.
    fn pod_spec_pointer(&self) -> &'static str {
        match self.workload["kind"].as_str() {
            Some("Pod") => "/spec",
            _ => "/spec/template/spec",
        }
    }

    /// True if an annotation makes every container run as SYSTEM, whatever its account is.
    fn inherits_system(&self) -> bool {
        let annotations = &self.workload["spec"]["template"]["metadata"]["annotations"];
        annotations["microsoft.com/hostprocess-inherit-user"] == "true"
    }

    /// The positions of all containers.
    fn containers(&self) -> Vec<ContainerPosition> {
        let mut positions = Vec::new();
        for list in ["initContainers", "containers"] {
            let count = self.pod_spec()[list].as_array().map_or(0, Vec::len);
            positions.extend((0..count).map(|index| ContainerPosition { list, index }));
        }
        positions
    }

    /// The workload after `change` of one of its containers.
    fn with_container(
        &self,
        position: ContainerPosition,
        change: impl FnOnce(&mut Value),
    ) -> Value {
        let mut workload = self.workload.clone();
        let pod_spec = workload
            .pointer_mut(self.pod_spec_pointer())
            .expect("a pod spec");
        change(&mut pod_spec[position.list][position.index]);
        workload
    }

    /// The workload in each of its published versions.
    fn versions(&self) -> Vec<Value> {
        let mut versions = vec![self.workload.clone()];
        for replacement in &self.expectation.also_published_in {
            let Replacement { in_place_of, from } = replacement;
            let text = self.workload.to_string();
            assert!(text.contains(in_place_of), "no {in_place_of} in {text}");
            let other = text.replace(in_place_of, from);
            versions.push(serde_json::from_str(&other).expect("JSON"));
        }
        versions
    }

    fn assert_admitted(&self, workload: &Value) {
        let answer = answer(&creation(workload), &settings(&self.expectation.file));
        let rule = admitted_by(&answer);
        assert_eq!(rule, Some(&*self.expectation.rule), "{workload}\n{answer}");
    }

    fn assert_denied(&self, workload: &Value) {
        let answer = answer(&creation(workload), &settings(&self.expectation.file));
        assert!(is_denied(&answer), "{workload}\n{answer}");
    }
}

/// The settings in the file NAME.yaml.
fn settings(name: &str) -> Value {
    files::document(&format!("{FOLDER}/{name}.yaml"))
}

fn all_published() -> Vec<Published> {
    let paths = files::below(WORKLOADS);
    paths.iter().map(|path| Published::read(path)).collect()
}

/// The workloads whose rules name the words of every container.
fn all_with_named_words() -> Vec<Published> {
    let mut all = all_published();
    all.retain(|published| published.expectation.names_words);
    all
}

/// Every workload, as a manifest.
pub fn workloads() -> Vec<Value> {
    let published = all_published().into_iter();
    published.map(|published| published.workload).collect()
}

#[test]
fn every_version_that_a_vendor_publishes_is_admitted() {
    for published in all_published() {
        for version in published.versions() {
            published.assert_admitted(&version);
        }
    }
}

#[test]
fn another_namespace_or_service_account_is_denied() {
    for published in all_published() {
        let mut elsewhere = published.workload.clone();
        elsewhere["metadata"]["namespace"] = json!("another");
        published.assert_denied(&elsewhere);

        let mut other_account = published.workload.clone();
        let pointer = published.pod_spec_pointer();
        let pod_spec = other_account.pointer_mut(pointer).expect("a pod spec");
        pod_spec["serviceAccountName"] = json!("another");
        published.assert_denied(&other_account);
    }
}

#[test]
fn another_image_is_denied() {
    for published in all_published() {
        for position in published.containers() {
            published.assert_denied(&published.with_container(position, |container| {
                container["image"] = json!("registry.example.com/another:1");
            }));
        }
    }
}

#[test]
fn another_account_is_denied() {
    for published in all_published() {
        for position in published.containers() {
            let changed = published.with_container(position, |container| {
                container["securityContext"]["windowsOptions"] =
                    json!({ "hostProcess": true, "runAsUserName": r"NT AUTHORITY\NetworkService" });
            });
            if published.inherits_system() {
                published.assert_admitted(&changed);
            } else {
                published.assert_denied(&changed);
            }
        }
    }
}

/// Returns `words` with another word in each place, and with one more at the end.
fn with_one_other_word(words: &[Value]) -> Vec<Vec<Value>> {
    let mut variants = Vec::new();
    for index in 0..words.len() {
        let mut exchanged = words.to_vec();
        exchanged[index] = json!("another");
        variants.push(exchanged);
    }
    let mut longer = words.to_vec();
    longer.push(json!("another"));
    variants.push(longer);
    variants
}

#[test]
fn no_named_word_can_be_exchanged_or_added() {
    for published in all_with_named_words() {
        for position in published.containers() {
            for field in ["command", "args"] {
                let container = &published.pod_spec()[position.list][position.index];
                let words = container[field].as_array().cloned().unwrap_or_default();
                for other_words in with_one_other_word(&words) {
                    published.assert_denied(&published.with_container(position, |container| {
                        container[field] = json!(other_words);
                    }));
                }
            }
        }
    }
}

#[test]
fn no_hook_can_be_added_where_words_are_named() {
    let hook = json!({ "preStop": { "exec": { "command": ["cmd.exe"] } } });
    for published in all_with_named_words() {
        for position in published.containers() {
            published.assert_denied(&published.with_container(position, |container| {
                container["lifecycle"] = hook.clone();
            }));
        }
    }
}

/// `hostprocess rules` lists each file with its first line.
#[test]
fn a_file_has_a_title_a_source_and_a_way_to_tighten_it() {
    for path in files::below(FOLDER) {
        let text = files::text(&path);
        let title = text.lines().next().and_then(|line| line.strip_prefix("# "));
        assert!(title.is_some_and(|title| title.ends_with('.')), "{path}");
        for part in ["\n# Source:", "\n# To tighten:"] {
            assert!(text.contains(part), "{path}: no {part}");
        }
    }
}

#[test]
fn a_file_has_nothing_but_rules() {
    for path in files::below(FOLDER) {
        let settings = files::document(&path);
        assert_valid(&path, &settings);
        let keys: Vec<&String> = settings.as_object().expect("settings").keys().collect();
        assert_eq!(keys, ["allow"], "{path}");
    }
}

/// The names of the rules in all files.
fn rule_names() -> Vec<String> {
    let mut names = Vec::new();
    for path in files::below(FOLDER) {
        let settings = files::document(&path);
        for rule in settings["allow"].as_array().expect("rules") {
            names.push(rule["name"].as_str().expect("a name").to_owned());
        }
    }

    names
}

/// `hostprocess rules` prints several files as one.
#[test]
fn no_two_rules_have_the_same_name() {
    let names = rule_names();
    for name in &names {
        let count = names.iter().filter(|other| *other == name).count();
        assert_eq!(count, 1, "rules with the name {name}");
    }
}

#[test]
fn every_rule_admits_a_workload() {
    let published = all_published();
    for name in rule_names() {
        let mut expectations = published.iter().map(|published| &published.expectation);
        let is_tested = expectations.any(|expectation| expectation.rule == name);
        assert!(is_tested, "no workload for {name}");
    }
}
