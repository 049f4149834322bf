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

const REQUIREMENTS: [&str; 9] = [
    "allContainers",
    "hostNetwork",
    "runAsUserName",
    "runAsNonRoot",
    "namedPipeMounts",
    "unixSocketMounts",
    "hyperVIsolation",
    "rootfsLocation",
    "windowsNode",
];
const LISTS: [&str; 3] = ["initContainers", "containers", "ephemeralContainers"];

// ---- requests

fn container() -> impl Strategy<Value = Value> {
    let image = mostly(
        &[
            "registry.example.com/a:v1",
            "registry.example.com/b",
            "nginx",
            "quay.io/c@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        ],
        &["sha256:3fbc", "Upper/case"],
    );
    let parts = (weighted(0.98, image), words(), words(), of(words()), context());
    parts.prop_map(|(image, command, args, exec, context)| {
        let mut container = json!({ "name": "c", "securityContext": context });
        let lists = [("command", command), ("args", args)];
        for (key, words) in lists.into_iter().filter(|(_, words)| !words.is_empty()) {
            container[key] = json!(words);
        }
        if let Some(image) = image {
            container["image"] = image.into();
        }
        if let Some(words) = exec {
            container["livenessProbe"] = json!({ "exec": { "command": words } });
        }
        container
    })
}

fn words() -> impl Strategy<Value = Vec<&'static str>> {
    let usual = &["agent.exe", "-File", r"C:\k\a.ps1", "a*b", "&"];
    vec(mostly(usual, &["..", "$(X)*", "a b", "\u{e4}\"\n"]), 0..3)
}

fn account() -> impl Strategy<Value = &'static str> {
    let usual = &[r"NT AUTHORITY\SYSTEM", r"nt authority\Local service", r"CONTOSO\svc-a"];
    mostly(usual, &["Administrators", "SYSTEM"])
}

/// What is usual, and now and then what is odd.
fn mostly(
    usual: &'static [&'static str],
    odd: &'static [&'static str],
) -> impl Strategy<Value = &'static str> {
    prop_oneof![12 => select(usual), 1 => select(odd)]
}

/// A `securityContext` of a container.
fn context() -> impl Strategy<Value = Value> {
    let parts = (weighted(0.2, any::<bool>()), weighted(0.3, account()));
    parts.prop_map(|(flag, account)| {
        let mut options = Map::new();
        options.extend(flag.map(|flag| ("hostProcess".to_owned(), json!(flag))));
        options.extend(account.map(|account| ("runAsUserName".to_owned(), json!(account))));
        json!({ "windowsOptions": options })
    })
}

/// A pod template, which mostly asks for HostProcess.
fn template() -> impl Strategy<Value = Value> {
    let annotation = select(vec![
        ("microsoft.com/hostprocess-inherit-user", "true"),
        ("microsoft.com/hostprocess-inherit-user", "True"),
        ("microsoft.com/hostprocess-container", "true"),
        ("microsoft.com/hostprocess-rootfs-location", r"C:\"),
        ("example.com/other", "true"),
    ]);
    let service_account = select(vec!["default", "agent", "csi-a"]);
    let parts = (
        vec(container(), 1..4),
        vec(container(), 0..2),
        vec(container(), 0..2),
        weighted(0.8, Just(true)),
        weighted(0.9, account()),
        weighted(0.8, service_account),
        weighted(0.3, annotation),
        weighted(0.8, Just(true)),
    );
    parts.prop_map(
        |(containers, init, ephemeral, flag, account, service_account, annotation, network)| {
            let mut spec = json!({ "containers": containers, "nodeSelector": {} });
            for (key, list) in [("initContainers", init), ("ephemeralContainers", ephemeral)] {
                if !list.is_empty() {
                    spec[key] = list.into();
                }
            }
            let options = &mut spec["securityContext"]["windowsOptions"];
            *options = json!({});
            if let Some(flag) = flag {
                options["hostProcess"] = flag.into();
            }
            if let Some(account) = account {
                options["runAsUserName"] = account.into();
            }
            if let Some(name) = service_account {
                spec["serviceAccountName"] = name.into();
            }
            if let Some(network) = network {
                spec["hostNetwork"] = network.into();
            }
            let mut template = json!({ "metadata": { "name": "a" }, "spec": spec });
            if let Some((key, value)) = annotation {
                template["metadata"]["annotations"] = json!({ key: value });
            }
            template
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
        let mut request = json!({
            "uid": "1",
            "kind": { "group": kind.0, "version": "v1", "kind": kind.1 },
            "operation": operation,
            "name": "a",
            "namespace": "kube-system",
            "userInfo": { "username": user, "groups": ["system:authenticated"] },
            "object": around(object),
        });
        if let Some(old) = old {
            request["oldObject"] = around(old);
        }
        Asked { request, template: format!("/object{}", kind.2) }
    }

    /// The part of the template at `pointer`.
    fn part(&mut self, pointer: &str) -> &mut Value {
        let pointer = format!("{}{pointer}", self.template);
        self.request.pointer_mut(&pointer).expect("a part of the template")
    }

    /// Where its containers stand, from the template.
    fn containers(&mut self) -> Vec<String> {
        let spec = self.part("/spec").clone();
        let lengths = LISTS.map(|list| (list, spec[list].as_array().map_or(0, Vec::len)));
        let places = lengths.iter().flat_map(|(list, length)| {
            (0..*length).map(move |index| format!("/spec/{list}/{index}"))
        });
        places.collect()
    }
}

fn user() -> impl Strategy<Value = &'static str> {
    select(vec!["alice", "system:serviceaccount:kube-system:daemon-set-controller"])
}

/// The creation of a workload.
fn creation() -> impl Strategy<Value = Asked> {
    (kind(), template(), user())
        .prop_map(|(kind, template, user)| Asked::new(kind, "CREATE", &template, None, user))
}

/// Any request: a creation, or an update, of which half change nothing.
fn any_request() -> impl Strategy<Value = Asked> {
    let update = (kind(), template(), of(template()), user()).prop_map(|(kind, new, old, user)| {
        Asked::new(kind, "UPDATE", &new, Some(old.as_ref().unwrap_or(&new)), user)
    });
    prop_oneof![creation(), update]
}

// ---- settings

fn patterns(any: f64, others: &'static [&'static str]) -> impl Strategy<Value = Vec<&'static str>> {
    let others = vec(select(others), 1..3);
    weighted(any, Just(vec!["*"])).prop_flat_map(move |any| match any {
        Some(any) => Just(any).boxed(),
        None => others.clone().boxed(),
    })
}

fn entry() -> impl Strategy<Value = Value> {
    let word = select(vec!["*", "agent.exe", "-F*", r"C:\k\*.ps1", "a?b", "&"]);
    let words = || weighted(0.2, vec(word.clone(), 0..3));
    let parts = (
        patterns(0.6, &["registry.example.com/*", "docker.io/library/nginx", "quay.io/c@sha256:*"]),
        patterns(0.6, &[r"NT AUTHORITY\SYSTEM", r"CONTOSO\svc-*", "Administrators"]),
        words(),
        words(),
        any::<bool>(),
    );
    parts.prop_map(|(images, accounts, command, args, ephemeral)| {
        let mut entry = json!({ "images": images, "runAsUserNames": accounts });
        for (key, words) in [("command", command), ("args", args)] {
            if let Some(words) = words {
                entry[key] = json!(words);
            }
        }
        if ephemeral {
            entry["ephemeral"] = true.into();
        }
        entry
    })
}

/// A rule, but for its name.
fn rule() -> impl Strategy<Value = Value> {
    let short = (entry(), any::<bool>()).prop_map(|(entry, ephemeral)| {
        let mut rule = json!({ "ephemeralContainers": ephemeral });
        for key in ["images", "runAsUserNames"] {
            rule[key] = entry[key].clone();
        }
        rule
    });
    let long = vec(entry(), 1..5).prop_map(|entries| json!({ "containers": entries }));
    let parts = (
        prop_oneof![short, long],
        patterns(0.3, &["kube-*", "kube-system", "monitoring"]),
        weighted(0.3, patterns(0.2, &["agent", "csi-*"])),
        weighted(0.3, patterns(0.2, &["user:alice", "controllers", "group:other"])),
    );
    parts.prop_map(|(mut rule, namespaces, service_accounts, requesters)| {
        rule["namespaces"] = json!(namespaces);
        if let Some(names) = service_accounts {
            rule["serviceAccountNames"] = json!(names);
        }
        if let Some(requesters) = requesters {
            rule["requestedBy"] = json!(requesters);
        }
        rule
    })
}

/// Settings of these rules, each under a name of its own, that look at the requirements or not.
fn settings(rules: &[Value], requirements: bool) -> Value {
    let named = rules.iter().enumerate().map(|(index, rule)| {
        let mut rule = rule.clone();
        rule["name"] = format!("rule-{index}").into();
        rule
    });
    let mode = if requirements { "deny" } else { "off" };
    let modes: Map<_, _> =
        REQUIREMENTS.map(|requirement| (requirement.to_owned(), mode.into())).into_iter().collect();
    json!({ "allow": named.collect::<Vec<_>>(), "requirements": modes })
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

/// The same request with one thing changed that the least rule has to name.
fn others(asked: &Asked) -> Vec<(&'static str, Asked)> {
    let mut others = Vec::new();
    let mut other = |what, change: &mut dyn FnMut(&mut Asked)| {
        let mut other = asked.clone();
        change(&mut other);
        others.push((what, other));
    };
    other("a namespace", &mut |other| other.request["namespace"] = "evil".into());
    other("a service account", &mut |other| {
        other.part("/spec")["serviceAccountName"] = "evil".into();
    });
    let inherits = asked.request.to_string().contains(r#"-inherit-user":"true""#);
    for place in asked.clone().containers() {
        other("an image", &mut |other| {
            other.part(&place)["image"] = "evil.example/a".into();
        });
        if !inherits {
            other("an account", &mut |other| {
                other.part(&place)["securityContext"]["windowsOptions"]["runAsUserName"] =
                    r"CONTOSO\evil".into();
            });
        }
        other("a hook", &mut |other| {
            other.part(&place)["lifecycle"]["postStart"]["exec"]["command"] = json!(["evil.exe"]);
        });
        for key in ["/command", "/args", "/livenessProbe/exec/command"] {
            let words = asked.clone().part(&place).pointer(key).cloned();
            let before = words.and_then(|words| words.as_array().cloned()).unwrap_or_default();
            for index in 0..=before.len() {
                let word = before.get(index).and_then(Value::as_str).unwrap_or_default();
                let evil = match word.contains('*') {
                    true => word.replace('*', "evil"),
                    false => String::from("evil.exe"),
                };
                let mut changed = before.clone();
                changed.splice(index..(index + 1).min(before.len()), [evil.into()]);
                other("a word", &mut |other| {
                    let steps = key.split('/').skip(1);
                    let container = other.part(&place);
                    *steps.fold(container, |at, step| &mut at[step]) = changed.clone().into();
                });
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
    for object in ["object", "oldObject"] {
        let pointer = format!("/{object}{below}");
        let Some(template) = asked.request.pointer_mut(&pointer) else {
            continue;
        };
        let mut fill = |value: &mut Value, defaults: &[(&str, Value)], nulls: &[&str]| {
            for (key, default) in defaults.iter().filter(|_| with_defaults) {
                if value[*key].is_null() {
                    value[*key] = default.clone();
                }
            }
            for key in nulls {
                if value.get(key).is_none() && dice.one_in(2) {
                    value[*key] = Value::Null;
                }
            }
        };
        fill(&mut template["metadata"], &[], &["creationTimestamp", "annotations", "labels"]);
        let spec = &mut template["spec"];
        let name = spec["serviceAccountName"].as_str().unwrap_or("default").to_owned();
        let defaults = [
            ("serviceAccountName", name.clone().into()),
            ("serviceAccount", name.into()),
            ("restartPolicy", "Always".into()),
            ("schedulerName", "default-scheduler".into()),
        ];
        let nulls = ["initContainers", "ephemeralContainers", "volumes", "affinity", "os"];
        fill(spec, &defaults, &nulls);
        for list in LISTS {
            for container in spec[list].as_array_mut().into_iter().flatten() {
                let defaults = [("imagePullPolicy", "Always".into()), ("resources", json!({}))];
                fill(container, &defaults, &["command", "args", "env", "lifecycle", "image"]);
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
                pairs.swap(index, usize::try_from(dice.roll(index as u64 + 1)).expect("an index"));
            }
            let mut out = Vec::new();
            for (key, value) in pairs {
                if dice.one_in(8) {
                    let earlier = ["null", "true", "{}", "[7]", "\"x\""][dice.roll(5) as usize];
                    out.push(format!("{}:{earlier}", spelled_text(key, dice)));
                }
                out.push(format!("{}: {}", spelled_text(key, dice), spelled(value, dice)));
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
        Asked::new(("", kind, ""), operation, &json!({ "container": "a" }), None, "a")
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
    prop_assert!(quick == full || spared, "{} and in full {} for {}", quick, full, shown);
    Ok(())
}

/// Breaks `payload` at `at`.
fn mutate(payload: &mut Vec<u8>, at: usize, how: usize, dice: &mut Dice) {
    let end = payload.len().min(at + 1 + dice.roll(12) as usize);
    let at = at.min(end);
    let words = ["hostProcess", "CONNECT", "\\u0068", "true", "\"", "hostprocess-", "\\", "}"];
    let word = words[dice.roll(words.len() as u64) as usize];
    match how {
        0 => payload.truncate(at),
        1 => drop(payload.drain(at..end)),
        2 => drop(payload.splice(at..at, word.bytes())),
        3 => drop(payload.splice(at..end, word.bytes())),
        4 => payload.extend_from_within(at..end),
        _ => payload[at..end].iter_mut().for_each(|byte| *byte = dice.roll(256) as u8),
    }
}
