//! Faults around the module: little memory, a host that fails or lies, instances that have
//! refused, many at once. Never an admission of what is denied without, never another answer.

use std::path::Path;
use std::{env, fs, thread};

use harness::{Module, policy, policy_bytes};
use rstest::rstest;
use serde_json::{Value, json};
use windows_hostprocess_policy::Host;

/// The code of an answer; 200 of what is accepted.
fn code(answer: &[u8]) -> u64 {
    let answer: Value = serde_json::from_slice(answer).expect("JSON");
    if answer["accepted"] == true {
        200
    } else {
        answer["code"].as_u64().expect("a code")
    }
}

/// A request under a rule for everything and everybody.
fn payload(kind: &str, operation: &str, object: &Value, requirements: &Value) -> String {
    let any = json!(["*"]);
    let rule = json!({"name": "any", "namespaces": any, "images": any, "runAsUserNames": any, "connectBy": any});
    let request = json!({"kind": {"group": "", "version": "v1", "kind": kind}, "namespace": "ns", "name": "p",
        "operation": operation, "userInfo": {"username": "u"}, "object": object});
    let settings = json!({"allow": [rule], "requirements": requirements});
    json!({"request": request, "settings": settings}).to_string()
}

fn pod(host_network: bool, containers: usize) -> Value {
    let container = json!({"name": "c", "image": "r.example/a", "args": ["a".repeat(1000)]});
    let options = json!({"hostProcess": true, "runAsUserName": "Administrators"});
    json!({"spec": {"hostNetwork": host_network, "securityContext": {"windowsOptions": options},
        "containers": vec![container; containers]}})
}

#[test]
fn little_memory_never_admits() {
    let payloads = [true, false].map(|it| payload("Pod", "CREATE", &pod(it, 500), &json!({})));
    let mut answers = Vec::new();
    for mib in [1, 2, 3, 4, 16] {
        let module = Module::with_memory_limit(policy_bytes(), mib << 20).expect("a module");
        let answer = |it: &String| module.validate(it.as_bytes()).ok().map(|it| code(&it));
        answers.push(payloads.each_ref().map(answer));
    }
    assert!(answers.is_sorted(), "less memory was enough: {answers:?}");
    assert_eq!(
        (answers[0], answers[4]),
        ([None, None], [Some(200), Some(403)])
    );
    assert!(
        answers
            .iter()
            .all(|it| it[1].is_none_or(|code| code == 403)),
        "{answers:?}"
    );
}

/// A host that gives one answer, or fails with one.
struct Gives(Result<Vec<u8>, String>);

impl Host for Gives {
    fn kubernetes(&self, _: &str, _: &[u8]) -> Result<Vec<u8>, String> {
        self.0.clone()
    }
}

#[rstest]
#[case::nothing("")]
#[case::nodes_that_say_nothing(r#"{"items":[null,{}]}"#)]
#[case::cut(r#"{"items":[],"metadata":{"name":"p"},"spec":{"containers":[]"#)]
#[case::nested(&"[".repeat(100_000))]
#[case::megabytes(&format!(r#"{{"items":[{{"metadata":{{"name":{:?}}}}}]}}"#, "a".repeat(4_000_000)))]
#[case::many(&format!(r#"{{"items":[{}]}}"#, vec!["{}"; 300_000].join(",")))]
fn a_host_that_fails_or_lies_never_admits(#[case] text: &str) {
    let needs = json!({"nodeKubernetes": "deny", "nodeContainerd": "deny"});
    let creation = payload("Pod", "CREATE", &pod(true, 1), &needs);
    let connection = payload("PodExecOptions", "CONNECT", &json!({}), &json!({}));
    for payload in [creation, connection] {
        for answer in [Ok(text.as_bytes().to_vec()), Err(text.to_owned())] {
            let instance = policy().instance_with(Gives(answer)).expect("an instance");
            let answer = instance.validate(payload.as_bytes()).expect("no trap");
            assert_eq!(code(&answer), 403);
        }
    }
}

/// Every request of tests/data under every settings, whole and cut, each with the answer of a
/// fresh instance.
fn answered() -> Vec<(String, Vec<u8>)> {
    let documents = |folder: &str| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/data")
            .join(folder);
        let files = fs::read_dir(folder)
            .expect("a folder")
            .map(|it| it.expect("a file").path());
        let texts = files.map(|it| fs::read_to_string(it).expect("a text"));
        texts
            .map(|it| hostprocess::yaml::read(&it).expect("YAML").remove(0))
            .collect::<Vec<_>>()
    };
    let (requests, settings) = (documents("requests"), documents("settings"));
    let pairs = requests
        .iter()
        .flat_map(|it| settings.iter().map(move |of| (it, of)));
    let wholes = pairs.map(|(it, of)| json!({"request": it, "settings": of}).to_string());
    let payloads = wholes.flat_map(|it| [it[..it.len() - 1].to_owned(), it]);
    let answer = |it: &String| policy().validate(it.as_bytes()).expect("no trap");
    payloads
        .map(|payload| (payload.clone(), answer(&payload)))
        .collect()
}

/// Every third request in an instance of its own, as in a policy server; the others where many
/// have been admitted and refused before.
#[test]
fn two_hundred_instances_answer_as_one_by_one() {
    let requests = if env::var_os("SOAK").is_some() {
        1_000_000
    } else {
        20_000
    };
    let answered = &answered();
    let ask = |thread: usize| {
        let instance = policy().instance().expect("an instance");
        for at in 0..requests / 200 {
            let (it, expected) = &answered[(thread * 7 + at) % answered.len()];
            let it = it.as_bytes();
            let answer = if at % 3 > 0 {
                instance.validate(it)
            } else {
                policy().validate(it)
            };
            assert_eq!(&answer.expect("no trap"), expected);
        }
    };
    thread::scope(|scope| (0..200).for_each(|thread| drop(scope.spawn(move || ask(thread)))));
}
