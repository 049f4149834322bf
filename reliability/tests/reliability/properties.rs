//! What holds for every request and every settings.

use std::fmt;

use reliability::answer::Answer;
use reliability::choices::Choices;
use reliability::spelling::{corrupt, respell};
use reliability::walk::CONTAINER_LISTS;
use reliability::{settings, walk, words, workload};
use serde_json::{Value, json};

use crate::cases::for_all;
use crate::policy::{judge, judge_text, payload, rules_alone};

/// A request under settings.
struct Scenario {
    request: Value,
    settings: Value,
    /// What a property adds to it.
    more: Value,
}

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            request,
            settings,
            more,
        } = self;
        write!(f, "{request} under {settings} with {more}")
    }
}

impl Scenario {
    fn new(choices: &mut Choices<'_>) -> Self {
        Self {
            request: workload::request(choices),
            settings: settings::settings(choices),
            more: Value::Null,
        }
    }
}

/// The pod specs in the request that a workload of [`workload`] has, with what they
/// stand in.
fn for_each_template(object: &mut Value, change: &mut impl FnMut(&mut Value)) {
    if object["spec"]["containers"].is_array() {
        change(object);
    }
    match object {
        Value::Object(fields) => {
            for (_, value) in fields.iter_mut().filter(|(key, _)| *key != "status") {
                for_each_template(value, change);
            }
        }
        Value::Array(items) => items
            .iter_mut()
            .for_each(|item| for_each_template(item, change)),
        _ => {}
    }
}

#[test]
fn nothing_that_asks_passes_without_rules() {
    let operations = [
        "CREATE", "UPDATE", "DELETE", "CONNECT", "create", "update", "", "PATCH",
    ];
    let generate = |choices: &mut Choices<'_>| {
        let mut request = workload::request(choices);
        request["operation"] = json!(choices.mostly_first(2, &operations));
        if choices.once_in(2) {
            request["oldObject"] = workload::request(choices)["object"].take();
        }
        let broken = choices.once_in(2);
        if broken {
            corrupt(choices, &mut request);
        }
        request
    };
    for_all(
        320,
        &["accepted", "denied", "unreadable"],
        generate,
        |request| {
            let answer = judge(request, &json!({}))?;
            let operation = request["operation"].as_str();
            let asks = walk::asks(request)
            && !matches!(operation, Some("DELETE" | "CONNECT"))
            // Two workloads made up one by one are hardly ever the same; where they
            // are, an update changes nothing.
            && !(operation == Some("UPDATE") && same_pods(request));
            if answer.accepted && asks {
                return Err(format!("{answer:?}"));
            }
            Ok(answer.verdict())
        },
    );
}

/// Whether old and new object are equal, nulls and labels aside.
fn same_pods(request: &Value) -> bool {
    fn bare(value: &Value) -> Value {
        match value {
            Value::Object(fields) => fields
                .iter()
                .filter(|(key, value)| {
                    !value.is_null() && !["labels", "env", "status"].contains(&key.as_str())
                })
                .map(|(key, value)| (key.clone(), bare(value)))
                .collect(),
            Value::Array(items) => items.iter().map(bare).collect(),
            _ => value.clone(),
        }
    }
    bare(&request["object"]) == bare(&request["oldObject"])
}

/// Changes of a pod template that the policy reads, each by its name.
const READ: [&str; 16] = [
    "image",
    "name",
    "command",
    "args",
    "hook",
    "probe",
    "flag",
    "account",
    "hostNetwork",
    "serviceAccountName",
    "runtimeClassName",
    "nodeSelector",
    "annotation",
    "container",
    "volume",
    "runAsNonRoot",
];

/// Changes that it does not read.
const UNREAD: [&str; 7] = [
    "labels",
    "env",
    "httpGet",
    "replicas",
    "finalizers",
    "status",
    "nulls",
];

/// Makes a change to a template, so that it differs from what it was.
fn change(template: &mut Value, name: &str) {
    let spec = &mut template["spec"];
    let container = &mut spec["containers"][0];
    match name {
        "image" => container["image"] = json!("registry.example.com/changed:v2"),
        "name" => container["name"] = json!("changed"),
        "command" => container["command"] = json!(["changed"]),
        "args" => container["args"] = json!(["changed"]),
        "hook" => container["lifecycle"] = json!({"preStop": {"exec": {"command": ["changed"]}}}),
        "probe" => container["livenessProbe"] = json!({"exec": {"command": ["changed"]}}),
        "httpGet" => container["readinessProbe"] = json!({"httpGet": {"port": 81}}),
        "flag" => {
            let flag = &mut container["securityContext"]["windowsOptions"]["hostProcess"];
            *flag = json!(!flag.as_bool().unwrap_or(true));
        }
        "account" => {
            container["securityContext"]["windowsOptions"]["runAsUserName"] =
                json!("CORP\\changed");
        }
        "hostNetwork" => {
            spec["hostNetwork"] = json!(!spec["hostNetwork"].as_bool().unwrap_or(true))
        }
        "serviceAccountName" => spec["serviceAccountName"] = json!("changed"),
        "runtimeClassName" => spec["runtimeClassName"] = json!("changed"),
        "nodeSelector" => spec["nodeSelector"] = json!({"changed": "label"}),
        "annotation" => {
            template["metadata"]["annotations"]["microsoft.com/hostprocess-rootfs-location"] =
                json!("C:\\changed");
        }
        "container" => {
            let added = json!({"name": "added", "image": "nginx"});
            spec["containers"]
                .as_array_mut()
                .expect("a list")
                .push(added);
        }
        "volume" => spec["volumes"] = json!([{"name": "changed"}]),
        "runAsNonRoot" => {
            container["securityContext"]["runAsNonRoot"] = json!(
                !container["securityContext"]["runAsNonRoot"]
                    .as_bool()
                    .unwrap_or(true)
            );
        }
        "labels" => template["metadata"]["labels"]["changed"] = json!("label"),
        "env" => container["env"] = json!([{"name": "CHANGED", "value": "x"}]),
        "replicas" => spec["terminationGracePeriodSeconds"] = json!(5),
        "finalizers" => template["metadata"]["finalizers"] = json!(["changed/finalizer"]),
        "status" => template["status"] = json!({"changed": true}),
        "nulls" => spec["dnsPolicy"] = Value::Null,
        _ => unreachable!("{name} is no change"),
    }
}

#[test]
fn an_update_is_judged_where_it_changes_what_is_read() {
    let generate = |choices: &mut Choices<'_>| {
        let mut scenario = Scenario::new(choices);
        // Where a flag stands outside of any pod spec, everything is read.
        if let Some(spec) = scenario.request["object"]["spec"].as_object_mut() {
            spec.remove("windows");
        }
        scenario.request["operation"] = json!("UPDATE");
        scenario.request["oldObject"] = scenario.request["object"].clone();
        let name = if choices.once_in(2) {
            *choices.pick(&READ)
        } else {
            *choices.pick(&UNREAD)
        };
        scenario.more = json!(name);
        let mut first = true;
        for_each_template(&mut scenario.request["object"], &mut |template| {
            if std::mem::take(&mut first) {
                change(template, name);
            }
        });
        scenario
    };
    let classes = &["unread", "judged"];
    for_all(
        200,
        classes,
        generate,
        |Scenario {
             request,
             settings,
             more,
         }| {
            let answer = judge(request, settings)?;
            let name = more.as_str().unwrap_or_default();
            if UNREAD.contains(&name) {
                return match answer.verdict() {
                    "accepted" => Ok("unread"),
                    verdict => Err(format!("{verdict}, although only {name} differ")),
                };
            }
            let mut creation = request.clone();
            creation["operation"] = json!("CREATE");
            let expected = judge(&creation, settings)?;
            if answer == expected {
                Ok("judged")
            } else {
                Err(format!("{answer:?}, as a creation {expected:?}"))
            }
        },
    );
}

#[test]
fn adding_a_rule_never_denies_what_was_admitted() {
    let generate = |choices: &mut Choices<'_>| {
        let mut scenario = Scenario::new(choices);
        scenario.more = settings::rule(choices, "added");
        scenario
    };
    let classes = &["admitted", "still denied", "admitted by it"];
    for_all(
        260,
        classes,
        generate,
        |Scenario {
             request,
             settings,
             more,
         }| {
            let before = judge(request, settings)?;
            let count = settings["allow"].as_array().map_or(0, Vec::len);
            for position in [0, count] {
                let mut settings = settings.clone();
                let rules = settings["allow"].as_array_mut().ok_or("no rules")?;
                rules.insert(position, more.clone());
                let after = judge(request, &settings)?;
                if before.accepted && !after.accepted {
                    return Err(format!("before {before:?}, after {after:?}"));
                }
                if position == 0 && !before.accepted && after.accepted {
                    return Ok("admitted by it");
                }
            }
            Ok(if before.accepted {
                "admitted"
            } else {
                "still denied"
            })
        },
    );
}

#[test]
fn adding_a_container_never_admits_what_was_denied() {
    let generate = |choices: &mut Choices<'_>| {
        let mut scenario = Scenario::new(choices);
        let list = *choices.pick(&CONTAINER_LISTS);
        let levels = choices.below(4);
        scenario.more = json!({"list": list, "position": choices.below(3), "container": workload::container(choices, levels, 9)});
        scenario
    };
    let classes = &["admitted", "denied", "no more admitted"];
    for_all(
        240,
        classes,
        generate,
        |Scenario {
             request,
             settings,
             more,
         }| {
            let before = judge(request, settings)?;
            let mut request = request.clone();
            for_each_template(&mut request["object"], &mut |template| {
                let list = &mut template["spec"][more["list"].as_str().unwrap_or_default()];
                if list.is_null() {
                    *list = json!([]);
                }
                let list = list.as_array_mut().expect("a list");
                let position = more["position"].as_u64().unwrap_or_default() as usize;
                list.insert(position.min(list.len()), more["container"].clone());
            });
            let after = judge(&request, settings)?;
            match (before.accepted, after.accepted) {
                (false, true) => Err(format!("before {before:?}, after {after:?}")),
                (false, false) => Ok("denied"),
                (true, false) => Ok("no more admitted"),
                (true, true) => Ok("admitted"),
            }
        },
    );
}

#[test]
fn a_suggested_rule_admits_its_request_and_no_other() {
    let generate = |choices: &mut Choices<'_>| {
        let mut scenario = Scenario::new(choices);
        scenario.more = json!(choices.pick(&[
            "namespace",
            "service account",
            "image",
            "account",
            "command",
            "hook"
        ]));
        scenario
    };
    let classes = &["nothing suggested", "suggested"];
    for_all(
        220,
        classes,
        generate,
        |Scenario {
             request,
             settings,
             more,
         }| {
            let Some(rule) = judge(request, settings)?.suggested_rule() else {
                return Ok("nothing suggested");
            };
            let rules = settings["allow"].as_array().map_or(&[][..], Vec::as_slice);
            let all = [rules, std::slice::from_ref(&rule)].concat();
            let admitted = judge(request, &rules_alone(&all))?;
            if admitted.verdict() != "admitted" {
                return Err(format!("it does not admit: {admitted:?}"));
            }
            as_narrow_as(request, &rule)?;
            let aspect = more.as_str().unwrap_or_default();
            if let Some(other) = another(request, &rule, aspect) {
                let answer = judge(&other, &rules_alone(&[rule]))?;
                if answer.verdict() != "denied" {
                    return Err(format!("it admits another {aspect}: {answer:?}"));
                }
            }
            Ok("suggested")
        },
    );
}

/// A suggested rule says "any" of nothing, but of the namespace where there is none.
fn as_narrow_as(request: &Value, rule: &Value) -> Result<(), String> {
    for (field, may_be_any) in [
        ("images", false),
        ("runAsUserNames", false),
        ("serviceAccountNames", false),
        ("namespaces", request["namespace"] == ""),
    ] {
        let patterns = rule[field].as_array().ok_or("a list is missing")?;
        let has_wildcard = |pattern: &Value| {
            pattern
                .as_str()
                .is_none_or(|pattern| pattern.contains(['*', '?']))
        };
        if !may_be_any && patterns.iter().any(has_wildcard) {
            return Err(format!("wildcards in {field}: {patterns:?}"));
        }
    }
    let commands = rule["commands"].as_array().map_or(&[][..], Vec::as_slice);
    let is_wide = |command: &Value| command.as_str().is_none_or(|command| command.contains('*'));
    if commands.is_empty() || commands.iter().any(is_wide) {
        return Err(format!("it allows any command: {commands:?}"));
    }
    match rule.get("ephemeralContainers") {
        Some(_)
            if !request["object"]
                .to_string()
                .contains("ephemeralContainers") =>
        {
            Err("it allows ephemeral containers".into())
        }
        _ => Ok(()),
    }
}

/// The same request but for one aspect; none where the rule leaves that open.
fn another(request: &Value, rule: &Value, aspect: &str) -> Option<Value> {
    let field = match aspect {
        "namespace" => "namespaces",
        "service account" => "serviceAccountNames",
        "image" => "images",
        "command" | "hook" => "commands",
        _ => "runAsUserNames",
    };
    if rule[field] == json!(["*"]) {
        return None;
    }
    let mut other = request.clone();
    if aspect == "namespace" {
        other["namespace"] = json!("another");
        return Some(other);
    }
    let mut inherits = false;
    let mut changed = false;
    for_each_template(&mut other["object"], &mut |template| {
        let pod = json!({"kind": {"group": "", "kind": "Pod"}, "object": template});
        if !walk::asks(&pod) {
            return;
        }
        changed = true;
        let annotation =
            &template["metadata"]["annotations"]["microsoft.com/hostprocess-inherit-user"];
        inherits |= annotation
            .as_str()
            .is_some_and(|value| value.eq_ignore_ascii_case("true"));
        let spec = &mut template["spec"];
        let container = &mut spec["containers"][0];
        match aspect {
            "service account" => spec["serviceAccountName"] = json!("another"),
            "image" => container["image"] = json!("another.example/image:v1"),
            "command" => container["command"] = json!(["another.exe"]),
            "hook" => {
                container["lifecycle"]["postStart"]["exec"]["command"] = json!(["another.exe"]);
            }
            _ => {
                container["securityContext"]["windowsOptions"]["runAsUserName"] =
                    json!("CORP\\another")
            }
        }
    });
    let asks = judge(&other, &json!({})).is_ok_and(|answer| answer.code == 403);
    (asks && changed && !(inherits && aspect == "account")).then_some(other)
}

#[test]
fn another_spelling_of_the_json_never_changes_an_answer() {
    let generate = |choices: &mut Choices<'_>| {
        let mut request = workload::built_in_request(choices);
        add_old_object(choices, &mut request);
        respelled(choices, request)
    };
    hold_spellings(600, generate, |plain, other| plain == other);
}

/// In a custom kind findings come in the order of the fields, so that another order may
/// show others of them first. Old and new object are compared in that order too; the API
/// server writes both in the same.
#[test]
fn another_spelling_of_a_custom_kind_never_changes_the_verdict() {
    let generate = |choices: &mut Choices<'_>| {
        let request = workload::custom_request(choices);
        respelled(choices, request)
    };
    hold_spellings(700, generate, |plain, other| {
        (plain.accepted, plain.code) == (other.accepted, other.code)
    });
}

/// A request under some settings, with another spelling of both.
fn respelled(choices: &mut Choices<'_>, request: Value) -> Scenario {
    let mut scenario = Scenario {
        request,
        settings: settings::settings(choices),
        more: Value::Null,
    };
    scenario.more = spelled(choices, &scenario);
    scenario
}

/// Holds the answers to a request and to its other spelling to be alike.
fn hold_spellings(
    size: usize,
    generate: impl Fn(&mut Choices<'_>) -> Scenario,
    alike: impl Fn(&Answer, &Answer) -> bool,
) {
    let verdicts = ["admitted", "denied", "accepted"];
    for_all(size, &verdicts, generate, |scenario| {
        let (plain, other) = both(scenario)?;
        if !alike(&plain, &other) {
            return Err(format!("plain {plain:?}, other {other:?}"));
        }
        Ok(plain.verdict())
    });
}

fn add_old_object(choices: &mut Choices<'_>, request: &mut Value) {
    if choices.once_in(4) {
        request["operation"] = json!("UPDATE");
        let mut old = request["object"].clone();
        if choices.once_in(2) {
            corrupt_well(choices, &mut old);
        }
        request["oldObject"] = old;
    }
}

/// Changes something in a way that leaves all types as they are.
fn corrupt_well(choices: &mut Choices<'_>, object: &mut Value) {
    let name = *choices.pick(&READ);
    for_each_template(object, &mut |template| change(template, name));
}

/// The scenario's payload in another spelling, now and then with the names that the
/// SDK's types give the fields of the request.
fn spelled(choices: &mut Choices<'_>, scenario: &Scenario) -> Value {
    let mut request = scenario.request.clone();
    if choices.once_in(4)
        && let Some(fields) = request.as_object_mut()
    {
        for (camel, snake) in [("userInfo", "user_info"), ("oldObject", "old_object")] {
            if let Some(value) = fields.remove(camel) {
                fields.insert(snake.into(), value);
            }
        }
    }
    let mut payload = serde_json::Map::new();
    payload.insert("request".into(), request);
    payload.insert("settings".into(), scenario.settings.clone());
    Value::String(respell(choices, &Value::Object(payload)))
}

fn both(scenario: &Scenario) -> Result<(Answer, Answer), String> {
    let plain = judge_text(&payload(&scenario.request, &scenario.settings))?;
    let other = judge_text(scenario.more.as_str().unwrap_or_default())?;
    Ok((plain, other))
}

#[test]
fn settings_that_are_not_valid_admit_nothing() {
    let generate = |choices: &mut Choices<'_>| {
        let mut scenario = Scenario::new(choices);
        if choices.once_in(2) {
            corrupt(choices, &mut scenario.settings);
        } else if choices.once_in(2) {
            // A pattern that no image or account has.
            let field = *choices.pick(&["images", "runAsUserNames", "namespaces", "name"]);
            let wrong = [
                "",
                "nginx",
                "*.example.com/a",
                r"NT AUTHORITY\\SYSTEM",
                "Rule",
            ];
            scenario.settings["allow"] = json!([settings::rule(choices, "one")]);
            let value = json!(choices.pick(&wrong));
            let is_name = field == "name";
            scenario.settings["allow"][0][field] = if is_name { value } else { json!([value]) };
        }
        scenario
    };
    let classes = &["valid", "not valid", "not valid, not asked"];
    for_all(
        260,
        classes,
        generate,
        |Scenario {
             request, settings, ..
         }| {
            let text = settings.to_string();
            let answer = windows_hostprocess_policy::validate_settings(text.as_bytes());
            let problem = reliability::answer::settings_problem(&answer)?;
            let answer = judge(request, settings)?;
            let told = answer
                .message
                .starts_with("HostProcess denied: the policy's settings are not valid: ");
            match (problem, walk::asks(request)) {
                (None, _) if !told => Ok("valid"),
                (Some(_), false) if answer.verdict() == "accepted" => Ok("not valid, not asked"),
                (Some(problem), true) if answer.verdict() == "denied" && told => {
                    // The same words, as far as there is room for them.
                    let said = &answer.message["HostProcess denied: the policy's ".len()..];
                    let said = said.strip_suffix("...").unwrap_or(said);
                    if problem.starts_with(said) {
                        Ok("not valid")
                    } else {
                        Err(format!("{problem}, but {answer:?}"))
                    }
                }
                (problem, _) => Err(format!("{problem:?}, but {answer:?}")),
            }
        },
    );
}

#[test]
fn all_words_of_settings_are_valid() {
    let mut rule = crate::policy::rule_for_all();
    rule["namespaces"] = json!(words::NAMESPACE_PATTERNS);
    rule["images"] = json!(words::IMAGE_PATTERNS);
    rule["runAsUserNames"] = json!(words::ACCOUNT_PATTERNS);
    rule["serviceAccountNames"] = json!(words::SERVICE_ACCOUNT_PATTERNS);
    rule["commands"] = json!(words::COMMAND_PATTERNS);
    rule["requestedBy"] = json!({"users": words::USER_PATTERNS});
    let mut other = rule.clone();
    other["name"] = json!("other");
    other["requestedBy"] = json!({"groups": words::GROUPS});
    let settings = json!({"allow": [rule, other]}).to_string();
    let answer = windows_hostprocess_policy::validate_settings(settings.as_bytes());
    assert_eq!(reliability::answer::settings_problem(&answer), Ok(None));
}
