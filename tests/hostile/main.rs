//! Hostile input in the module: an exact verdict or a clean refusal, never a trap, never
//! code 500, and work that grows in step with the input (counted in instructions).

mod large_objects;
mod large_settings;

use harness::{fuel, policy};
use rstest::rstest;
use serde_json::{Value, json};

/// Returns a pod that the rules admit.
fn pod() -> Value {
    json!({"metadata": {"name": "a"}, "spec": {
        "hostNetwork": true,
        "nodeSelector": {"kubernetes.io/os": "windows"},
        "securityContext": {"windowsOptions": {"hostProcess": true, "runAsUserName": r"NT AUTHORITY\SYSTEM"}},
        "containers": [{"name": "c", "image": "r.example/a/b:v1", "args": ["x.ps1"]}],
    }})
}

fn rule(name: &str) -> Value {
    json!({"name": name, "namespaces": ["ns"], "containers": [{
        "images": ["r.example/a/*", "r.example/b/c-*:v?.*"], "runAsUserNames": [r"NT AUTHORITY\SYSTEM"],
        "args": [{"pattern": "*.ps1"}]}]})
}

/// Returns settings with so many rules.
fn rules(count: usize) -> Value {
    json!({"allow": (0..count).map(|number| rule(&format!("r{number}"))).collect::<Vec<_>>()})
}

fn request(object: &Value) -> Value {
    json!({"kind": {"group": "", "version": "v1", "kind": "Pod"}, "operation": "CREATE",
        "namespace": "ns", "userInfo": {"username": "u"}, "object": object})
}

fn payload(object: &Value) -> String {
    json!({"request": request(object), "settings": rules(1)}).to_string()
}

/// Returns the code that the module answers, 200 if it accepts, and the message. Checks that the
/// message is bounded and printable.
fn answer(payload: &[u8]) -> (u64, String) {
    let answer = policy()
        .validate(payload)
        .expect("no trap and no guest error");
    let answer: Value = serde_json::from_slice(&answer).expect("JSON");
    let message = answer["message"].as_str().unwrap_or_default().to_owned();
    assert!(message.len() <= 2000, "{} characters", message.len());
    assert!(
        message.bytes().all(|c| (b' '..=b'~').contains(&c)),
        "{message:?}"
    );
    let code = if answer["accepted"] == true {
        200
    } else {
        answer["code"].as_u64().expect("a code")
    };
    (code, message)
}

fn code(payload: &[u8]) -> u64 {
    answer(payload).0
}

#[test]
fn a_payload_that_is_cut_off_is_refused() {
    let payload = payload(&pod());
    assert_eq!(code(payload.as_bytes()), 200);
    for end in 0..payload.len() {
        let cut = &payload[..end];
        // Before the first word that could ask, nothing is read.
        let expected = if cut.contains("hostProcess") {
            400
        } else {
            200
        };
        assert_eq!(code(cut.as_bytes()), expected, "{cut}");
    }
}

#[test]
fn a_payload_with_any_byte_exchanged_is_answered() {
    let payload = payload(&pod()).into_bytes();
    for place in 0..payload.len() {
        for byte in [0, b'"', b'\\', b'}', 0xff] {
            let mut payload = payload.clone();
            payload[place] = byte;
            assert_ne!(code(&payload), 500);
        }
    }
}

/// Returns the payload of a pod with this image, which stands in the JSON as it is.
fn with_image(image: &str) -> String {
    payload(&pod()).replace("r.example/a/b:v1", image)
}

#[rstest]
#[case::as_it_is("r.example/a/b:v1", 200)]
#[case::lone_surrogate(r"r.example/a/b\ud800", 400)]
#[case::escaped(r"r.example\/a\u002fb:v1", 200)]
#[case::cyrillic_letter("r.example/\u{430}/b:v1", 403)]
#[case::full_width_slash("r.example\u{ff0f}a/b:v1", 403)]
#[case::zero_width("r.example/a/b\u{200b}:v1", 403)]
#[case::direction("r.example/a/b\u{202e}:v1", 403)]
#[case::control(r"r.example/a/b\n:v1", 403)]
#[case::nul(r"r.example/a/b\u0000", 403)]
fn an_image_in_other_characters_is_another_image(#[case] image: &str, #[case] expected: u64) {
    assert_eq!(code(with_image(image).as_bytes()), expected);
}

#[test]
fn a_payload_that_is_not_utf_8_is_refused() {
    let mut payload = with_image("r.example/a/!:v1").into_bytes();
    payload
        .iter_mut()
        .filter(|byte| **byte == b'!')
        .for_each(|byte| *byte = 0xc3);
    assert_eq!(code(&payload), 400);
}

#[rstest]
#[case::last_is_true(r#""hostProcess":false,"hostProcess":true"#, 403)]
#[case::last_is_false(r#""hostProcess":true,"hostProcess":false"#, 200)]
#[case::last_is_null(r#""hostProcess":true,"hostProcess":null"#, 200)]
fn the_last_of_two_equal_keys_counts(#[case] flags: &str, #[case] expected: u64) {
    let payload = json!({"request": request(&pod()), "settings": null}).to_string();
    let payload = payload.replace(r#""hostProcess":true"#, flags);
    assert_eq!(code(payload.as_bytes()), expected);
}

#[rstest]
#[case::within_the_limit(120, 200)]
#[case::far_beyond(100_000, 400)]
fn nesting_beyond_the_limit_is_refused(
    #[case] depth: usize,
    #[case] expected: u64,
    #[values("object", "oldObject")] half: &str,
) {
    let mut request = request(&pod());
    request["operation"] = json!("UPDATE");
    request["oldObject"] = json!("OLD");
    request["object"]["x"] = json!("NEW");
    let deep = "[".repeat(depth) + &"]".repeat(depth);
    let (new, old) = if half == "object" {
        (&*deep, "{}")
    } else {
        ("1", &*deep)
    };
    let payload = json!({"request": request, "settings": rules(1)}).to_string();
    let payload = payload.replace(r#""NEW""#, new).replace(r#""OLD""#, old);
    let (code, message) = answer(payload.as_bytes());
    assert_eq!(code, expected, "{message}");
    assert_eq!(
        message.contains("recursion limit"),
        expected == 400,
        "{message}"
    );
}

#[test]
fn texts_cannot_forge_a_line_of_the_message() {
    let mut object = pod();
    let forged = "x\"\nHostProcess accepted \u{202e}";
    object["spec"]["containers"][0]["name"] = json!(forged);
    object["spec"]["containers"][0]["image"] = json!(forged);
    object["spec"]["containers"][0]["args"] = json!([forged]);
    object["spec"]["securityContext"]["windowsOptions"]["runAsUserName"] = json!(forged);
    object["metadata"]["annotations"] =
        json!({"microsoft.com/hostprocess-rootfs-location": forged});
    let (code, message) = answer(payload(&object).as_bytes());
    assert_eq!(code, 403);
    assert!(
        !message.contains("accepted \u{202e}") && !message.contains("x\""),
        "{message}"
    );
}

/// Returns a pod of about `size` bytes that makes as much work as that allows, in the way of `name`.
fn family(name: &str, size: usize) -> Value {
    let mut object = pod();
    let spec = &mut object["spec"];
    let container = |name: String| {
        let image = format!("r.example/b/c-{name}:v1.2");
        json!({"name": name, "image": image, "args": ["x.psx"]})
    };
    match name {
        "containers" => {
            spec["containers"] = (0..size / 90).map(|i| container(i.to_string())).collect();
        }
        "a thousand containers" => {
            spec["containers"] = (0..999).map(|i| container(i.to_string())).collect();
            for container in spec["containers"].as_array_mut().expect("a list") {
                container["args"] = json!(["a".repeat(size / 1000 - 90)]);
            }
        }
        "words that match" => {
            let word = format!("{}.ps1", "a".repeat(size / 1000 - 90));
            let of =
                |i| json!({"name": "c", "image": format!("r.example/z{i}:v1"), "args": [word]});
            spec["containers"] = (0..999).map(of).collect();
        }
        "words" => spec["containers"][0]["args"] = (0..size / 4).map(|_| "a").collect(),
        "a word" => spec["containers"][0]["args"] = json!(["a".repeat(size)]),
        "an image" => {
            spec["containers"][0]["image"] = json!(format!("r.example/{}", "a/".repeat(size / 2)))
        }
        "an account" => {
            spec["securityContext"]["windowsOptions"]["runAsUserName"] = json!("a".repeat(size))
        }
        "volumes" => {
            let host_path = json!({"path": r"\\.\pipe\a", "type": "Socket"});
            spec["volumes"] = (0..size / 120)
                .map(|i| json!({"name": i.to_string(), "hostPath": host_path}))
                .collect();
            spec["containers"][0]["volumeMounts"] = (0..size / 60)
                .map(|i| json!({"name": i.to_string()}))
                .collect();
        }
        "a name" => spec["containers"][0]["name"] = json!("\u{202e}".repeat(size / 3)),
        "labels" => {
            let labels = (0..size / 20).map(|i| (i.to_string(), json!("windows")));
            spec["nodeSelector"] = Value::Object(labels.collect());
        }
        "probes" => {
            spec["containers"][0]["livenessProbe"] =
                json!({"exec": {"command": (0..size / 8).map(|_| "a&b").collect::<Vec<_>>()}})
        }
        _ => panic!("no family {name}"),
    }
    object
}

/// Under 200 rules that all come near. 2 MB are answered within a quarter of a policy server's
/// two seconds: fuel is instructions, of which 2.9 billion (a thousand containers) took 0.22 s.
#[rstest]
fn work_is_bounded(
    #[values(
        "containers",
        "a thousand containers",
        "words that match",
        "words",
        "a word",
        "an image",
        "an account",
        "volumes",
        "a name",
        "labels",
        "probes"
    )]
    name: &str,
    #[values("Pod", "X")] kind: &str,
) {
    let fuel_of = |size: usize| {
        let mut request = request(&family(name, size));
        if kind == "X" {
            request["kind"] = json!({"group": "example.com", "version": "v1", "kind": kind});
        }
        let payload = json!({"request": request, "settings": rules(200)}).to_string();
        let expected = if matches!(name, "a name" | "labels") {
            200
        } else {
            403
        };
        assert_eq!(code(payload.as_bytes()), expected);
        fuel(payload.as_bytes()).expect("an answer")
    };
    let (half, whole) = (fuel_of(1_000_000), fuel_of(2_000_000));
    assert!(whole < 6_000_000_000, "{whole} instructions for 2 MB");
    assert!(
        whole < half.max(100_000_000) * 5 / 2,
        "{half} instructions for 1 MB, {whole} for 2 MB"
    );
}

/// A pattern whose part between two stars has a question mark is compared at each place of a word.
#[rstest]
#[case::few_words(2, "comes closest")]
#[case::too_many_words(400, "too many containers, words or node labels")]
fn words_under_patterns_with_question_marks(#[case] words: usize, #[case] expected: &str) {
    let mut settings = rules(200);
    for rule in settings["allow"].as_array_mut().expect("a list") {
        rule["containers"][0]["args"] = json!([{"pattern": "*?b*.ps1"}]);
    }
    let word = format!("{}.ps1", "a".repeat(4_000));
    let mut object = pod();
    let container = json!({"name": "c", "image": "r.example/a/b:v1", "args": [word]});
    object["spec"]["containers"] = vec![container; words].into();
    check_comparisons(&object, &settings, expected);
}

/// Each hook and probe is compared with each list of `exec`.
#[rstest]
#[case::short_words(300, "comes closest")]
#[case::long_words(32_000, "too many containers, words or node labels")]
fn hooks_and_probes_under_many_lists_of_exec(#[case] length: usize, #[case] expected: &str) {
    let command = json!({"exec": {"command": ["a".repeat(length)]}});
    let container = json!({
        "name": "c",
        "image": "r.example/a/b:v1",
        "lifecycle": {"postStart": command, "preStop": command},
        "livenessProbe": command,
        "readinessProbe": command,
        "startupProbe": command,
    });
    let mut object = pod();
    object["spec"]["containers"] = vec![container; 11].into();
    let exec: Vec<Value> = (0..100)
        .map(|index| json!([{"pattern": format!("*?b{index}*.ps1")}]))
        .collect();
    let mut settings = rules(1);
    settings["allow"][0]["containers"][0]["args"] = json!([]);
    settings["allow"][0]["containers"][0]["exec"] = exec.into();
    check_comparisons(&object, &settings, expected);
}

/// The groups of a requester are compared with each entry of `requestedBy`.
#[test]
fn a_thousand_groups_under_many_patterns() {
    let mut settings = rules(200);
    for rule in settings["allow"].as_array_mut().expect("a list") {
        let patterns = (0..100).map(|index| format!("group:*?b{index}*"));
        rule["requestedBy"] = patterns.collect::<Vec<_>>().into();
    }
    let mut request = request(&pod());
    request["userInfo"] = json!({"username": "u", "groups": vec!["a".repeat(500); 1000]});
    let payload = json!({"request": request, "settings": settings}).to_string();
    let (code, message) = answer(payload.as_bytes());
    assert_eq!(code, 403);
    assert!(message.contains("too many containers"), "{message}");
    let fuel = fuel(payload.as_bytes()).expect("an answer");
    assert!(fuel < 6_000_000_000, "{fuel} instructions");
}

/// Checks that the policy denies `object` with `expected` in the message, within half a second.
#[track_caller]
fn check_comparisons(object: &Value, settings: &Value, expected: &str) {
    let payload = json!({"request": request(object), "settings": settings}).to_string();
    let (code, message) = answer(payload.as_bytes());
    assert_eq!(code, 403);
    assert!(message.contains(expected), "{message}");
    let fuel = fuel(payload.as_bytes()).expect("an answer");
    println!("{fuel} instructions");
    assert!(fuel < 6_000_000_000, "{fuel} instructions");
}

/// Names that nearly match all along: each is gone through once for a pattern.
#[rstest]
#[case::groups("userInfo/groups", 6_000, 330, 1, false)]
#[case::images("image", 999, 120, 2, true)]
#[case::more_images("image", 999, 120, 20, true)]
#[case::accounts("account", 999, 95, 1, true)]
#[case::few_images("image", 400, 120, 1, false)]
#[case::few_accounts("account", 300, 95, 1, false)]
#[case::service_accounts("serviceAccountName", 1, 1_900_000, 20, false)]
fn names_that_nearly_match(
    #[case] what: &str,
    #[case] count: usize,
    #[case] length: usize,
    #[case] patterns: usize,
    #[case] too_much: bool,
) {
    let mut settings = rules(200);
    let key = match what {
        "userInfo/groups" => "requestedBy",
        "serviceAccountName" => "serviceAccountNames",
        _ => "containers",
    };
    let (before, list) = match what {
        "userInfo/groups" => ("group:", ""),
        "image" => ("r.example/x:", "images"),
        "account" => (r"CORP\", "runAsUserNames"),
        _ => ("", ""),
    };
    for (rule, at) in settings["allow"]
        .as_array_mut()
        .expect("a list")
        .iter_mut()
        .zip(0..)
    {
        let pattern = |it: usize| json!(format!("{before}*{}b{at}-{it}*", "a".repeat(30)));
        let all: Value = (0..patterns).map(pattern).collect();
        match list {
            "" => rule[key] = all,
            list => rule["containers"][0][list] = all,
        }
    }
    let name = |it: usize| format!("{}{it}", "a".repeat(length));
    let mut request = request(&pod());
    match what {
        "userInfo/groups" => request["userInfo"]["groups"] = (0..count).map(name).collect(),
        "serviceAccountName" => request["object"]["spec"]["serviceAccountName"] = json!(name(0)),
        _ => {
            let container = |it| {
                let options =
                    json!({"windowsOptions": {"runAsUserName": format!("{before}{}", name(it))}});
                let context = if what == "account" {
                    options
                } else {
                    Value::Null
                };
                let image = if what == "image" {
                    format!("{before}{}", name(it))
                } else {
                    "r.example/a/b:v1".into()
                };
                json!({"name": "c", "image": image, "args": ["x.ps1"], "securityContext": context})
            };
            request["object"]["spec"]["containers"] = (0..count).map(container).collect();
        }
    }
    let payload = json!({"request": request, "settings": settings}).to_string();
    let (code, message) = answer(payload.as_bytes());
    assert_eq!(
        (code, message.contains("too many")),
        (403, too_much),
        "{message}"
    );
    let fuel = fuel(payload.as_bytes()).expect("an answer");
    assert!(fuel < 6_000_000_000, "{fuel} instructions");
}

#[test]
fn ten_thousand_rules() {
    let [five, ten] = [5_000, 10_000].map(|count| {
        let payload = json!({"request": request(&pod()), "settings": rules(count)}).to_string();
        assert_eq!(code(payload.as_bytes()), 200);
        fuel(payload.as_bytes()).expect("an answer")
    });
    assert!(
        ten < five * 5 / 2,
        "{five} instructions for 5,000 rules, {ten} for 10,000"
    );
}
