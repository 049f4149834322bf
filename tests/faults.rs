//! Faults around the module: little memory, a host that fails or lies, instances that have refused
//! requests before, and many instances at once. A fault never makes the policy admit what it
//! otherwise denies, and it never changes another answer.

use std::path::Path;
use std::{env, fs, thread};

use harness::{Module, policy, policy_bytes};
use hostprocess::yaml;
use rstest::rstest;
use serde_json::{Value, json};
use windows_hostprocess_policy::{Host, validate};

/// The code of a request that the policy read and denied. Code 500 is a failure of the policy.
const DENIED: u64 = 403;

const MEBIBYTE: usize = 1 << 20;

/// Returns the code of a refusal; `None` if the request is accepted.
fn refusal_code(answer: &[u8]) -> Option<u64> {
    let answer: Value = serde_json::from_slice(answer).expect("the answer is JSON");
    match &answer["accepted"] {
        Value::Bool(true) => None,
        _ => Some(answer["code"].as_u64().expect("a refusal has a code")),
    }
}

/// Returns settings with one rule, which matches every HostProcess pod and lets everybody exec.
fn settings() -> Value {
    json!({"allow": [{
        "name": "any",
        "namespaces": ["*"],
        "images": ["*"],
        "runAsUserNames": ["*"],
        "connectBy": ["*"],
    }]})
}

/// Returns a HostProcess pod that the rule of [`settings`] admits.
fn pod(containers: usize) -> Value {
    let container = json!({"name": "c", "image": "r.example/a", "args": ["a".repeat(1000)]});
    let options = json!({"hostProcess": true, "runAsUserName": "Administrators"});
    json!({"spec": {
        "hostNetwork": true,
        "securityContext": {"windowsOptions": options},
        "containers": vec![container; containers],
    }})
}

/// Returns the payload of the request to create `pod`.
fn creation(pod: &Value, settings: &Value) -> String {
    payload("Pod", "CREATE", pod, settings)
}

/// Returns the payload of an exec into a pod, which the policy looks up.
fn exec(settings: &Value) -> String {
    payload("PodExecOptions", "CONNECT", &json!({}), settings)
}

fn payload(kind: &str, operation: &str, object: &Value, settings: &Value) -> String {
    let request = json!({
        "kind": {"group": "", "version": "v1", "kind": kind},
        "namespace": "ns",
        "name": "p",
        "operation": operation,
        "userInfo": {"username": "u"},
        "object": object,
    });
    json!({"request": request, "settings": settings}).to_string()
}

/// What an instance with little memory does with a request.
#[derive(Debug, PartialEq)]
enum Outcome {
    /// It traps. A policy server then denies the request.
    Fails,
    Denies,
    Admits,
}

fn outcome(module: &Module, payload: &str) -> Outcome {
    let Ok(answer) = module.validate(payload.as_bytes()) else {
        return Outcome::Fails;
    };
    match refusal_code(&answer) {
        None => Outcome::Admits,
        Some(DENIED) => Outcome::Denies,
        Some(code) => panic!("code {code}"),
    }
}

#[test]
fn little_memory_never_admits() {
    let modules = [1, 2, 3, 4, 16].map(|mebibytes| {
        Module::with_memory_limit(policy_bytes(), mebibytes * MEBIBYTE).expect("a module")
    });

    let admitted = pod(500);
    let mut denied = admitted.clone();
    denied["spec"]["hostNetwork"] = json!(false);
    for (pod, expected) in [(admitted, Outcome::Admits), (denied, Outcome::Denies)] {
        let payload = creation(&pod, &settings());
        let outcomes = modules.each_ref().map(|module| outcome(module, &payload));

        // The smallest instances fail. From some size on, every instance answers.
        let first_answer = outcomes
            .iter()
            .position(|outcome| *outcome != Outcome::Fails)
            .expect("an instance that answers");
        let (failed, answered) = outcomes.split_at(first_answer);
        assert!(!failed.is_empty(), "{outcomes:?}");
        let is_expected = |outcome: &Outcome| *outcome == expected;
        assert!(answered.iter().all(is_expected), "{outcomes:?}");
    }
}

/// What the host returns to the policy: bytes, or an error.
type HostAnswer = Result<Vec<u8>, String>;

/// A host with two answers.
#[derive(Clone)]
struct FaultyHost {
    /// The answer to the question for a pod.
    pod: HostAnswer,
    /// The answer to all other questions.
    others: HostAnswer,
}

impl Host for FaultyHost {
    fn kubernetes(&self, operation: &str, _: &[u8]) -> HostAnswer {
        match operation {
            "get_resource" => self.pod.clone(),
            _ => self.others.clone(),
        }
    }
}

/// Returns the answer on `host`, which is the same natively and in the module.
fn answer_of_both_builds(payload: &str, host: &FaultyHost) -> Vec<u8> {
    let instance = policy().instance_with(host.clone()).expect("an instance");
    let in_module = instance.validate(payload.as_bytes()).expect("no trap");
    let native = validate(payload.as_bytes(), host);
    assert!(
        native == in_module,
        "native: {}\nmodule: {}",
        String::from_utf8_lossy(&native),
        String::from_utf8_lossy(&in_module)
    );
    native
}

/// Asserts that both builds deny `payload` with a reason, as the policy does without a fault.
fn assert_denied(payload: &str, host: &FaultyHost) {
    let answer = answer_of_both_builds(payload, host);
    let shown = String::from_utf8_lossy(&answer);
    assert_eq!(refusal_code(&answer), Some(DENIED), "{shown}");
}

/// Returns two answers of a host that consist of `bytes`: one is a success, the other an error.
fn faults(bytes: &[u8]) -> [HostAnswer; 2] {
    let error = String::from_utf8_lossy(bytes).into_owned();
    [Ok(bytes.to_vec()), Err(error)]
}

#[rstest]
#[case::nothing("")]
#[case::nodes_that_say_nothing(r#"{"items":[null,{}]}"#)]
#[case::cut_json(r#"{"items":[],"metadata":{"name":"p"},"spec":{"containers":[]"#)]
#[case::deep_nesting(&"[".repeat(100_000))]
#[case::a_long_name(&format!(r#"{{"items":[{{"metadata":{{"name":"{}"}}}}]}}"#, "a".repeat(4_000_000)))]
#[case::many_nodes(&format!(r#"{{"items":[{}]}}"#, vec!["{}"; 300_000].join(",")))]
fn a_host_that_fails_or_lies_about_nodes_and_pods_never_admits(#[case] text: &str) {
    let mut node_checks = settings();
    node_checks["requirements"] = json!({"nodeKubernetes": "deny", "nodeContainerd": "deny"});
    for answer in faults(text.as_bytes()) {
        let host = FaultyHost {
            pod: answer.clone(),
            others: answer,
        };
        assert_denied(&creation(&pod(1), &node_checks), &host);
        assert_denied(&exec(&settings()), &host);
    }
}

/// Returns a creation and an exec that only RBAC can allow.
fn payloads_for_rbac() -> [String; 2] {
    let mut settings = settings();
    for list in ["requestedBy", "connectBy"] {
        settings["allow"][0][list] = json!(["rbac"]);
    }
    [creation(&pod(1), &settings), exec(&settings)]
}

/// Returns a host that has the pod, and that answers `review` if it is asked about RBAC.
fn rbac_host(review: HostAnswer) -> FaultyHost {
    FaultyHost {
        pod: Ok(pod(1).to_string().into_bytes()),
        others: review,
    }
}

/// Without this test, the next one might see denials that have nothing to do with RBAC.
#[test]
fn a_host_whose_rbac_allows_admits() {
    let host = rbac_host(Ok(br#"{"allowed":true}"#.to_vec()));
    for payload in payloads_for_rbac() {
        let answer = answer_of_both_builds(&payload, &host);
        let shown = String::from_utf8_lossy(&answer);
        assert_eq!(refusal_code(&answer), None, "{shown}");
    }
}

#[rstest]
#[case::nothing(b"")]
#[case::null(b"null")]
#[case::only_a_boolean(b"true")]
#[case::a_text(br#""allowed""#)]
#[case::an_empty_object(b"{}")]
#[case::an_array(br#"[{"allowed":true}]"#)]
#[case::a_page_of_a_proxy(b"<html>allowed: true</html>")]
#[case::cut_json(br#"{"allowed":true"#)]
#[case::two_documents(br#"{"allowed":true}{"allowed":true}"#)]
#[case::not_utf_8(b"{\"allowed\":true,\"reason\":\"\xff\"}")]
#[case::a_byte_order_mark("\u{feff}{\"allowed\":true}".as_bytes())]
#[case::allowed_is_false(br#"{"allowed":false}"#)]
#[case::allowed_is_null(br#"{"allowed":null}"#)]
#[case::allowed_is_a_string(br#"{"allowed":"true"}"#)]
#[case::allowed_is_a_number(br#"{"allowed":1}"#)]
#[case::allowed_is_a_list(br#"{"allowed":[true]}"#)]
#[case::allowed_in_another_case(br#"{"Allowed":true}"#)]
#[case::the_whole_review(br#"{"kind":"SubjectAccessReview","status":{"allowed":true}}"#)]
#[case::denied_too(br#"{"allowed":true,"denied":true}"#)]
#[case::denied_is_a_string(br#"{"allowed":true,"denied":"false"}"#)]
#[case::denied_for_no_readable_reason(br#"{"allowed":true,"denied":true,"reason":[]}"#)]
#[case::denied_for_a_hostile_reason(
    br#"{"allowed":true,"denied":true,"reason":"\u0000\u202e\"}"}"#
)]
#[case::denied_for_a_long_reason(
    &format!(r#"{{"allowed":true,"denied":true,"reason":"{}"}}"#, "a".repeat(4_000_000)).into_bytes()
)]
#[case::a_long_text(&"a".repeat(4_000_000).into_bytes())]
#[case::deep_nesting(&"[".repeat(100_000).into_bytes())]
#[case::deep_nesting_in_allowed(&format!(r#"{{"allowed":{}"#, "[".repeat(100_000)).into_bytes())]
#[case::many_objects(&format!(r#"{{"allowed":[{}]}}"#, vec!["{}"; 300_000].join(",")).into_bytes())]
#[case::a_trap(b"wasm trap: wasm `unreachable` instruction executed\nwasm backtrace:\n  0: x")]
fn a_host_that_fails_or_lies_about_rbac_never_admits(#[case] review: &[u8]) {
    for review in faults(review) {
        let host = rbac_host(review);
        for payload in payloads_for_rbac() {
            assert_denied(&payload, &host);
        }
    }
}

/// An error of the host does not allow, even if it reads like a review that does.
#[test]
fn an_error_that_looks_like_a_yes_never_admits() {
    let host = rbac_host(Err(String::from(r#"{"allowed":true}"#)));
    for payload in payloads_for_rbac() {
        assert_denied(&payload, &host);
    }
}

/// A payload, and what a fresh instance answers to it.
struct Answered {
    payload: String,
    answer: Vec<u8>,
}

/// Reads the one document in each file of a folder in `tests/data`.
fn documents(folder: &str) -> Vec<Value> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let mut documents = Vec::new();
    for file in fs::read_dir(data.join(folder)).expect("the folder is there") {
        let path = file.expect("an entry").path();
        let text = fs::read_to_string(&path).expect("a text");
        let document = yaml::read_single(&text);
        documents.push(document.unwrap_or_else(|error| panic!("{}: {error}", path.display())));
    }
    documents
}

/// Returns each request of `tests/data` with each settings there. Half of the payloads lack their
/// last byte, so that the policy cannot read them.
fn answered_by_fresh_instances() -> Vec<Answered> {
    let mut payloads = Vec::new();
    let settings = documents("settings");
    for request in documents("requests") {
        for settings in &settings {
            let whole = json!({"request": request, "settings": settings}).to_string();
            payloads.push(whole[..whole.len() - 1].to_owned());
            payloads.push(whole);
        }
    }

    let answered = payloads.into_iter().map(|payload| Answered {
        answer: policy().validate(payload.as_bytes()).expect("no trap"),
        payload,
    });
    answered.collect()
}

const INSTANCES: usize = 200;

/// Returns how many requests all instances get together: more with `SOAK`, as in `make soak`.
fn request_count() -> usize {
    match env::var_os("SOAK") {
        Some(_) => 1_000_000,
        None => 20_000,
    }
}

/// Asks one instance again and again, beginning with the payload `first`, and checks each answer.
/// Every third request goes to a fresh instance instead, as every request does in a policy server.
fn ask_one_instance(answered: &[Answered], first: usize) {
    let instance = policy().instance().expect("an instance");
    for index in 0..request_count() / INSTANCES {
        let Answered { payload, answer } = &answered[(first + index) % answered.len()];
        let found = if index % 3 == 0 {
            policy().validate(payload.as_bytes())
        } else {
            instance.validate(payload.as_bytes())
        };
        assert_eq!(&found.expect("no trap"), answer, "{payload}");
    }
}

#[test]
fn two_hundred_instances_at_once_answer_as_fresh_ones() {
    let answered = &answered_by_fresh_instances();
    // The scope ends when all threads have ended, and panics if one of them did.
    thread::scope(|scope| {
        for number in 0..INSTANCES {
            scope.spawn(move || ask_one_instance(answered, number * 7));
        }
    });
}
