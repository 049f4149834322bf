//! What holds of any request under any rules: on generated ones, which proptest makes small
//! where something does not hold. `PROPTEST_CASES` says how many, 256 of each by default.

use proptest::collection::vec;
use proptest::option::{of, weighted};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::TestCaseResult;
use serde_json::{Map, Value, json};
use windows_hostprocess_policy::request::Request;
use windows_hostprocess_policy::{NoHost, suggest, validate, validate_in_full};

/// Those that generated workloads may fail.
const REQUIREMENTS: [&str; 5] = [
    "allContainers",
    "hostNetwork",
    "runAsUserName",
    "rootfsLocation",
    "windowsNode",
];
const LISTS: [&str; 3] = ["initContainers", "containers", "ephemeralContainers"];

// ---- requests

/// `object` without its fields that are null, or lists of nothing.
fn given(mut object: Value) -> Value {
    let fields = object.as_object_mut().expect("an object");
    fields.retain(|_, value| {
        !value.is_null() && value.as_array().is_none_or(|list| !list.is_empty())
    });
    object
}

/// What is usual, and now and then what is odd.
fn mostly(usual: &'static [&str], odd: &'static [&str]) -> impl Strategy<Value = &'static str> {
    prop_oneof![12 => select(usual), 1 => select(odd)]
}

fn words() -> impl Strategy<Value = Vec<&'static str>> {
    let usual = &["agent.exe", "-File", r"C:\k\a.ps1", "a*b", "&"];
    vec(mostly(usual, &["..", "$(X)*", "a b", "\u{e4}\"\n"]), 0..3)
}

fn account() -> impl Strategy<Value = &'static str> {
    let usual = &[
        r"NT AUTHORITY\SYSTEM",
        r"nt authority\Local service",
        r"CONTOSO\svc-a",
    ];
    mostly(usual, &["Administrators", "SYSTEM", "*", r"CONTOSO\svc-?"])
}

fn container() -> impl Strategy<Value = Value> {
    const DIGEST: &str =
        "quay.io/c@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    let usual = &[
        "registry.example.com/a:v1",
        "registry.example.com/b",
        "nginx",
        DIGEST,
    ];
    let image = weighted(
        0.98,
        mostly(
            usual,
            &["sha256:3fbc", "Upper/case", "registry.example.com/*"],
        ),
    );
    let context = (weighted(0.2, any::<bool>()), weighted(0.3, account()));
    (image, words(), words(), of(words()), context).prop_map(
        |(image, command, args, exec, (flag, account))| {
            let probe = exec.map(|words| json!({ "exec": { "command": words } }));
            let options = given(json!({ "hostProcess": flag, "runAsUserName": account }));
            given(json!({
                "name": "c", "image": image, "command": command, "args": args,
                "livenessProbe": probe, "securityContext": { "windowsOptions": options },
            }))
        },
    )
}

/// A pod template, which mostly asks for HostProcess.
fn template() -> impl Strategy<Value = Value> {
    let annotation = select(vec![
        json!({ "microsoft.com/hostprocess-inherit-user": "true" }),
        json!({ "microsoft.com/hostprocess-inherit-user": "True" }),
        json!({ "microsoft.com/hostprocess-container": "true" }),
        json!({ "microsoft.com/hostprocess-rootfs-location": r"C:\" }),
        json!({ "example.com/other": "true" }),
    ]);
    let service_account = mostly(&["default", "agent", "csi-a"], &["*", "csi-?"]);
    let lists = (
        vec(container(), 0..2),
        vec(container(), 1..4),
        vec(container(), 0..2),
    );
    let options = (weighted(0.8, Just(true)), weighted(0.9, account()));
    let others = (weighted(0.8, service_account), weighted(0.8, Just(true)));
    (lists, options, others, weighted(0.3, annotation)).prop_map(
        |((init, containers, ephemeral), (flag, account), (name, network), annotations)| {
            let options = given(json!({ "hostProcess": flag, "runAsUserName": account }));
            let spec = given(json!({
                "initContainers": init, "containers": containers, "ephemeralContainers": ephemeral,
                "serviceAccountName": name, "hostNetwork": network, "nodeSelector": {},
                "securityContext": { "windowsOptions": options },
            }));
            let metadata = given(json!({ "name": "a", "annotations": annotations }));
            json!({ "metadata": metadata, "spec": spec })
        },
    )
}

/// Group and kind, and where the pod template stands.
type Kind = (&'static str, &'static str, &'static str);

fn kind() -> impl Strategy<Value = Kind> {
    select(vec![
        ("", "Pod", ""),
        ("", "PodTemplate", "/template"),
        ("apps", "DaemonSet", "/spec/template"),
        ("batch", "CronJob", "/spec/jobTemplate/spec/template"),
        ("argoproj.io", "Rollout", "/spec/template"),
    ])
}

/// A request for a template, and where in it that stands.
#[derive(Clone, Debug)]
struct Asked {
    request: Value,
    template: String,
}

impl Asked {
    fn new(kind: Kind, operation: &str, object: &Value, old: Option<&Value>, user: &str) -> Self {
        let around = |template: &Value| {
            let mut object = template.clone();
            for key in kind.2.rsplit('/').filter(|key| !key.is_empty()) {
                object = json!({ key: object });
            }
            object
        };
        let request = given(json!({
            "kind": { "group": kind.0, "version": "v1", "kind": kind.1 },
            "operation": operation,
            "name": "a",
            "namespace": "kube-system",
            "userInfo": { "username": user, "groups": ["system:authenticated"] },
            "object": around(object),
            "oldObject": old.map(around),
        }));
        let template = format!("/object{}", kind.2);
        Asked { request, template }
    }

    /// The part of the template at `pointer`.
    fn part(&mut self, pointer: &str) -> &mut Value {
        let pointer = format!("{}{pointer}", self.template);
        self.request
            .pointer_mut(&pointer)
            .expect("a part of the template")
    }
}

/// The creation of a workload.
fn creation() -> impl Strategy<Value = Asked> {
    (kind(), template(), user())
        .prop_map(|(kind, template, user)| Asked::new(kind, "CREATE", &template, None, user))
}

/// Any request: a creation, or an update, of which half change nothing.
fn any_request() -> impl Strategy<Value = Asked> {
    let update = (kind(), template(), of(template()), user()).prop_map(|(kind, new, old, user)| {
        let old = old.as_ref().unwrap_or(&new);
        Asked::new(kind, "UPDATE", &new, Some(old), user)
    });
    prop_oneof![creation(), update]
}

fn user() -> impl Strategy<Value = &'static str> {
    select(
        &[
            "alice",
            "system:serviceaccount:kube-system:daemon-set-controller",
        ][..],
    )
}

// ---- settings

/// Patterns, every other time of anything.
fn patterns(others: &'static [&str]) -> impl Strategy<Value = Vec<&'static str>> {
    prop_oneof![Just(vec!["*"]), vec(select(others), 1..3)]
}

fn entry() -> impl Strategy<Value = Value> {
    let pattern = select(vec!["*", "-F*", r"C:\k\*.ps1", "a?b"]);
    let word = prop_oneof![
        select(vec!["*", "agent.exe", "a?b", "&"]).prop_map(Value::from),
        pattern.prop_map(|pattern| json!({ "pattern": pattern })),
    ];
    let words = || weighted(0.2, vec(word.clone(), 0..3));
    let images = &[
        "registry.example.com/*",
        "docker.io/library/nginx",
        "quay.io/c@sha256:*",
    ];
    let accounts = &[r"NT AUTHORITY\SYSTEM", r"CONTOSO\svc-*", "Administrators"];
    (
        patterns(images),
        patterns(accounts),
        words(),
        words(),
        any::<bool>(),
    )
        .prop_map(|(images, accounts, command, args, ephemeral)| {
            let mut entry = json!({ "images": images, "runAsUserNames": accounts });
            entry["ephemeral"] = ephemeral.into();
            for (key, words) in [("command", command), ("args", args)] {
                words
                    .into_iter()
                    .for_each(|words| entry[key] = json!(words));
            }
            entry
        })
}

/// A rule, but for its name.
fn rule() -> impl Strategy<Value = Value> {
    let short = entry().prop_map(|entry| {
        let (images, accounts) = (&entry["images"], &entry["runAsUserNames"]);
        let ephemeral = &entry["ephemeral"];
        json!({ "images": images, "runAsUserNames": accounts, "ephemeralContainers": ephemeral })
    });
    let long = vec(entry(), 1..5).prop_map(|entries| json!({ "containers": entries }));
    let parts = (
        prop_oneof![short, long],
        patterns(&["kube-*", "kube-system", "monitoring"]),
        weighted(0.3, patterns(&["agent", "csi-*"])),
        weighted(0.3, patterns(&["user:alice", "controllers", "group:other"])),
    );
    parts.prop_map(|(mut rule, namespaces, service_accounts, requesters)| {
        rule["namespaces"] = json!(namespaces);
        rule["serviceAccountNames"] = json!(service_accounts);
        rule["requestedBy"] = json!(requesters);
        given(rule)
    })
}

/// Settings of these rules, each under a name of its own, that look at the requirements or not.
fn settings(rules: &[Value], requirements: bool) -> Value {
    let named = rules.iter().enumerate().map(|(index, rule)| {
        let mut rule = rule.clone();
        rule["name"] = format!("rule-{index}").into();
        rule
    });
    let mode = if requirements { "deny" } else { "ignore" };
    let modes = REQUIREMENTS.map(|key| (key.to_owned(), mode.into()));
    json!({ "allow": named.collect::<Vec<_>>(), "requirements": Map::from_iter(modes) })
}

// ---- verdicts

fn judge(request: &Value, settings: &Value) -> Value {
    let payload = json!({ "request": request, "settings": settings }).to_string();
    answer(&validate(payload.as_bytes(), &NoHost))
}

fn answer(response: &[u8]) -> Value {
    serde_json::from_slice(response).expect("a response is JSON")
}

fn admits(request: &Value, settings: &Value) -> bool {
    let response = judge(request, settings);
    assert_ne!(response["code"], 400, "{response}");
    response["accepted"] == true
}

proptest! {
    /// Nor does a rule less ever admit, which is the same.
    #[test]
    fn a_rule_more_never_denies(
        asked in any_request(), rules in vec(rule(), 1..4), more in rule(), at: Index, strict: bool,
    ) {
        if admits(&asked.request, &settings(&rules, strict)) {
            let mut rules = rules;
            rules.insert(at.index(rules.len() + 1), more);
            prop_assert!(admits(&asked.request, &settings(&rules, strict)));
        }
    }

    #[test]
    fn a_container_more_never_admits(
        mut asked in creation(), rules in vec(rule(), 1..4), more in container(), list in select(&LISTS[..]), strict: bool,
    ) {
        let settings = settings(&rules, strict);
        if !admits(&asked.request, &settings) {
            match &mut asked.part("/spec")[list] {
                Value::Array(containers) => containers.push(more),
                none => *none = json!([more]),
            }
            prop_assert!(!admits(&asked.request, &settings));
        }
    }

    #[test]
    fn a_suggestion_admits_its_request_and_no_other(asked in creation(), which: Index) {
        let response = judge(&asked.request, &settings(&[], false));
        let suggested = &response["audit_annotations"]["suggested-rule"];
        let request = Request::read(&asked.request).expect("a request");
        let by_the_library = suggest(&request).ok().flatten();
        match suggested.as_str() {
            None => prop_assert!(by_the_library.is_none()),
            Some(text) => {
                let rule: Value = serde_json::from_str(text).expect("a rule is JSON");
                prop_assert_eq!(&rule, &serde_json::to_value(by_the_library).expect("a rule"));
                prop_assert!(!holds_wildcards(&rule), "{}", rule);
                let settings = settings(&[rule], false);
                prop_assert!(admits(&asked.request, &settings));
                let others = others(&asked);
                let (what, other) = &others[which.index(others.len())];
                prop_assert!(!admits(&other.request, &settings), "{} is another one", what);
            }
        }
    }

    #[test]
    fn a_verdict_does_not_hang_on_the_spelling(
        mut asked in any_request(), rules in vec(rule(), 1..3), strict: bool, seed: u64,
    ) {
        let settings = settings(&rules, strict);
        let expected = judge(&asked.request, &settings);
        let mut dice = Dice(seed);
        default_fields(&mut asked, &mut dice);
        snake_case(&mut asked.request, &mut dice);
        let payload = json!({ "settings": settings, "request": asked.request });
        let payload = spelled(&payload, &mut dice);
        prop_assert_eq!(answer(&validate(payload.as_bytes(), &NoHost)), expected, "{}", payload);
    }

    #[test]
    fn what_is_accepted_unread_asks_for_nothing(
        asked in prop_oneof![any_request(), beside_the_pod()], rules in vec(rule(), 0..2), seed: u64, cuts in vec((any::<Index>(), 0..6usize), 0..3),
    ) {
        let mut dice = Dice(seed);
        let payload = json!({ "settings": settings(&rules, false), "request": asked.request });
        let payload = spelled(&payload, &mut dice);
        agree(payload.as_bytes(), false)?;
        let mut mutated = payload.into_bytes();
        for (at, how) in cuts {
            let at = at.index(mutated.len().max(1));
            mutate(&mut mutated, at, how, &mut dice);
        }
        agree(&mutated, true)?;
    }
}

/// Returns whether a namespace, a service account, an image or an account of `rule` holds a
/// wildcard. Words may: rules compare them literally.
fn holds_wildcards(rule: &Value) -> bool {
    let entries = rule["containers"].as_array().into_iter().flatten();
    let of_containers = entries.flat_map(|entry| [&entry["images"], &entry["runAsUserNames"]]);
    let lists = [&rule["namespaces"], &rule["serviceAccountNames"]];
    let lists = lists.into_iter().chain(of_containers);
    let mut texts = lists.flat_map(|list| list.as_array().into_iter().flatten());
    texts.any(|text| text.as_str().is_none_or(|text| text.contains(['*', '?'])))
}

/// The same request with one thing changed that the least rule has to name.
fn others(asked: &Asked) -> Vec<(String, Asked)> {
    let with = |pointer: &str, value: Value| {
        let mut other = asked.clone();
        let steps = pointer.split('/').skip(1);
        *steps.fold(&mut other.request, |at, step| match step.parse::<usize>() {
            Ok(index) => &mut at[index],
            Err(_) => &mut at[step],
        }) = value;
        (pointer.to_owned(), other)
    };
    let spec = format!("{}/spec", asked.template);
    let mut others = vec![with("/namespace", "evil".into())];
    others.push(with(&format!("{spec}/serviceAccountName"), "evil".into()));
    let inherits = asked
        .request
        .to_string()
        .contains(r#"-inherit-user":"true""#);
    let containers = LISTS.iter().flat_map(|list| {
        let list = format!("{spec}/{list}");
        let all = asked.request.pointer(&list).and_then(Value::as_array);
        (0..all.map_or(0, Vec::len)).map(move |index| format!("{list}/{index}"))
    });
    for container in containers {
        others.push(with(&format!("{container}/image"), "evil.example/a".into()));
        if !inherits {
            let account = format!("{container}/securityContext/windowsOptions/runAsUserName");
            others.push(with(&account, r"CONTOSO\evil".into()));
        }
        for key in [
            "command",
            "args",
            "livenessProbe/exec/command",
            "lifecycle/preStop/exec/command",
        ] {
            let pointer = format!("{container}/{key}");
            let words = asked.request.pointer(&pointer).and_then(Value::as_array);
            let words = words.cloned().unwrap_or_default();
            for index in 0..=words.len() {
                let word = words.get(index).and_then(Value::as_str).unwrap_or_default();
                let evil = word.replace('*', "evil");
                let evil = if evil == word { "evil.exe" } else { &evil };
                let mut words = words.clone();
                words.splice(index..words.len().min(index + 1), [evil.into()]);
                others.push(with(&pointer, words.into()));
            }
        }
    }
    others
}

// ---- spellings

/// A source of choices that follow from a seed (splitmix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % sides
    }

    fn one_in(&mut self, sides: u64) -> bool {
        self.roll(sides) == 0
    }
}

/// Fills in what the API server would, in both objects of an update, and null for what is
/// absent in either.
fn default_fields(asked: &mut Asked, dice: &mut Dice) {
    let below = asked.template.trim_start_matches("/object").to_owned();
    let with_defaults = dice.one_in(2);
    let mut fill = |value: &mut Value, defaults: Value, nulls: &[&str]| {
        let fields = value.as_object_mut().expect("an object");
        for (key, default) in defaults.as_object().iter().copied().flatten() {
            if with_defaults {
                fields.entry(key).or_insert_with(|| default.clone());
            }
        }
        for key in nulls.iter().filter(|_| dice.one_in(2)) {
            fields.entry(*key).or_insert(Value::Null);
        }
    };
    for object in ["object", "oldObject"] {
        let Some(template) = asked.request.pointer_mut(&format!("/{object}{below}")) else {
            continue;
        };
        fill(
            &mut template["metadata"],
            json!({}),
            &["creationTimestamp", "annotations", "labels"],
        );
        let spec = &mut template["spec"];
        let name = spec
            .get("serviceAccountName")
            .cloned()
            .unwrap_or("default".into());
        let defaults = json!({ "serviceAccountName": name, "serviceAccount": name, "restartPolicy": "Always" });
        let nulls = [
            "initContainers",
            "ephemeralContainers",
            "volumes",
            "affinity",
            "os",
        ];
        fill(spec, defaults, &nulls);
        for list in LISTS {
            for container in spec[list].as_array_mut().into_iter().flatten() {
                let defaults = json!({ "imagePullPolicy": "Always", "resources": {} });
                fill(
                    container,
                    defaults,
                    &["command", "args", "env", "lifecycle", "image"],
                );
            }
        }
    }
}

/// Writes some names of the envelope as the SDK's own types do.
fn snake_case(request: &mut Value, dice: &mut Dice) {
    let fields = request.as_object_mut().expect("an object");
    for (camel, snake) in [("userInfo", "user_info"), ("oldObject", "old_object")] {
        if dice.one_in(2) {
            let value = fields.remove(camel);
            fields.extend(value.map(|value| (snake.to_owned(), value)));
        }
    }
}

/// JSON of `value`, with keys in any order, some of them twice, and characters escaped.
fn spelled(value: &Value, dice: &mut Dice) -> String {
    match value {
        Value::Object(fields) => {
            let mut pairs: Vec<_> = fields.iter().collect();
            for index in (1..pairs.len()).rev() {
                pairs.swap(
                    index,
                    usize::try_from(dice.roll(index as u64 + 1)).expect("an index"),
                );
            }
            let mut out = Vec::new();
            for (key, value) in pairs {
                if dice.one_in(8) {
                    let earlier = ["null", "true", "{}", "[7]", "\"x\""][dice.roll(5) as usize];
                    out.push(format!("{}:{earlier}", spelled_text(key, dice)));
                }
                out.push(format!(
                    "{}: {}",
                    spelled_text(key, dice),
                    spelled(value, dice)
                ));
            }
            format!("{{{}}}", out.join(","))
        }
        Value::Array(entries) => {
            let entries: Vec<_> = entries.iter().map(|entry| spelled(entry, dice)).collect();
            format!("[ {}]", entries.join(",\n"))
        }
        Value::String(text) => spelled_text(text, dice),
        other => other.to_string(),
    }
}

fn spelled_text(text: &str, dice: &mut Dice) -> String {
    let often = [2, 20, 1000][dice.roll(3) as usize];
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '/' if dice.one_in(3) => out.push_str("\\/"),
            '"' | '\\' => out.extend(['\\', c]),
            c if c < ' ' || dice.one_in(often) => {
                out.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    out + "\""
}

// ---- unread

/// Requests that ask in another way than by a pod spec, or seem to.
fn beside_the_pod() -> impl Strategy<Value = Asked> {
    let annotation = select(vec![
        "microsoft.com/hostprocess-inherit-user",
        "microsoft.com/hostprocess-container",
        "microsoft.com/other",
    ]);
    let binding = annotation.prop_map(|name| {
        let object = json!({ "metadata": { "annotations": { name: "true" } } });
        Asked::new(("", "Binding", ""), "CREATE", &object, None, "a")
    });
    let kinds = vec!["PodExecOptions", "PodAttachOptions", "PodProxyOptions"];
    let connection = (select(kinds), any::<bool>()).prop_map(|(kind, connects)| {
        let operation = if connects { "CONNECT" } else { "CREATE" };
        Asked::new(
            ("", kind, ""),
            operation,
            &json!({ "container": "a" }),
            None,
            "a",
        )
    });
    let values = vec![json!(true), json!("true"), json!(1), json!(null)];
    let stray = select(values).prop_map(|value| {
        let object = json!({ "spec": { "windowsOptions": { "hostProcess": value } } });
        Asked::new(("example.com", "Runner", ""), "CREATE", &object, None, "a")
    });
    prop_oneof![binding, connection, stray]
}

/// That a payload gets the same answer with and without the short cut; where it is no
/// payload, it may be accepted in place of being refused.
fn agree(payload: &[u8], may_be_none: bool) -> TestCaseResult {
    let quick = answer(&validate(payload, &NoHost));
    let full = answer(&validate_in_full(payload, &NoHost));
    let spared = may_be_none && quick["accepted"] == true && full["code"] == 400;
    let shown = String::from_utf8_lossy(payload);
    prop_assert!(
        quick == full || spared,
        "{} and in full {} for {}",
        quick,
        full,
        shown
    );
    Ok(())
}

/// Breaks `payload` at `at`.
fn mutate(payload: &mut Vec<u8>, at: usize, how: usize, dice: &mut Dice) {
    let end = payload.len().min(at + 1 + dice.roll(12) as usize);
    let at = at.min(end);
    let words = [
        "hostProcess",
        "CONNECT",
        "\\u0068",
        "true",
        "\"",
        "hostprocess-",
        "\\",
        "}",
    ];
    let word = words[dice.roll(words.len() as u64) as usize];
    match how {
        0 => payload.truncate(at),
        1 => drop(payload.drain(at..end)),
        2 => drop(payload.splice(at..at, word.bytes())),
        3 => drop(payload.splice(at..end, word.bytes())),
        4 => payload.extend_from_within(at..end),
        _ => payload[at..end]
            .iter_mut()
            .for_each(|byte| *byte = dice.roll(256) as u8),
    }
}
