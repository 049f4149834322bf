//! Which settings are read, and what is said of the others.

use rstest::rstest;
use serde_json::{Value, json};

use super::*;

/// What is wrong with settings; nothing where they are valid.
fn problems(settings: &str) -> String {
    let settings: Value = serde_json::from_str(settings).expect("JSON");
    match Settings::read(&settings) {
        Ok(_) => String::new(),
        Err(problems) => problems.to_string(),
    }
}

/// `fields` of an object, and those of `others` that are not among them.
fn object(fields: &str, others: &[&str]) -> String {
    let mut fields: Vec<&str> = [fields].into_iter().filter(|f| !f.is_empty()).collect();
    let given = fields.join("");
    let missing = |field: &&&str| !given.contains(field.split(':').next().unwrap_or_default());
    fields.extend(others.iter().filter(missing));
    format!("{{{}}}", fields.join(","))
}

/// What is wrong with the rule `allow[0]` of `fields`, a name and a namespace.
fn rule_problems(fields: &str) -> String {
    let rule = object(fields, &[r#""name":"r""#, r#""namespaces":["*"]"#]);
    problems(&format!(r#"{{"allow":[{rule}]}}"#))
}

#[rstest]
#[case::null("null", "")]
#[case::empty("{}", "")]
#[case::empty_lists(r#"{"allow":[]}"#, "")]
#[case::list("[]", "settings: found a list: write an object")]
#[case::list_of_fields(r#"[[],{}]"#, "settings: found a list: write an object")]
#[case::text(r#""x""#, r#"settings: found "x": write an object"#)]
#[case::manifest(
    r#"{"apiVersion":"policies.kubewarden.io/v1","kind":"ClusterAdmissionPolicy","spec":{}}"#,
    "settings: found a manifest: write what stands in its spec.settings"
)]
#[case::misspelt(r#"{"alow":[]}"#, "alow: unknown key: write allow")]
#[case::unknown(
    r#"{"x`, expected `y":1}"#,
    r#"["x`, expected `y"]: unknown key: write one of allow, requirements, hyperVRuntimeClassNames, minimumVersions"#
)]
#[case::null_allow(r#"{"allow":null}"#, "allow: found null: write a list of rules, or delete it")]
#[case::allow(r#"{"allow":{}}"#, "allow: found an object: write a list of rules")]
#[case::null_rule(r#"{"allow":[null]}"#, "allow[0]: found null: write an object, or delete it")]
#[case::rule_as_a_list(r#"{"allow":[["r",["*"]]]}"#, "allow[0]: found a list: write an object")]
#[case::classes(
    r#"{"hyperVRuntimeClassNames":"x"}"#,
    r#"hyperVRuntimeClassNames: found "x": write a list of strings: [...]"#
)]
#[case::no_classes(
    r#"{"hyperVRuntimeClassNames":[]}"#,
    "hyperVRuntimeClassNames: is an empty list: write requirements.hyperVIsolation: off for no class"
)]
#[case::odd_class(
    r#"{"hyperVRuntimeClassNames":["*HyperV*","hyper v"]}"#,
    r#"hyperVRuntimeClassNames[1]: "hyper v" matches no runtime class: write at most 253 letters, digits, hyphens, dots, * and ?"#
)]
#[case::modes(
    r#"{"requirements":{"hostNetwork":"deny","windowsNode":"warn","runAsUserName":"off","runAsNonRoot":false}}"#,
    ""
)]
#[case::true_mode(
    r#"{"requirements":{"hostNetwork":true}}"#,
    "requirements.hostNetwork: found true: write deny, warn or off"
)]
#[case::upper_case_mode(
    r#"{"requirements":{"hostNetwork":"Deny"}}"#,
    r#"requirements.hostNetwork: found "Deny": write deny, warn or off"#
)]
#[case::mode_as_an_enum(
    r#"{"requirements":{"hostNetwork":{"deny":null}}}"#,
    "requirements.hostNetwork: found an object: write deny, warn or off"
)]
#[case::null_mode(
    r#"{"requirements":{"hostNetwork":null}}"#,
    "requirements.hostNetwork: found null: write deny, warn or off, or delete it"
)]
#[case::misspelt_requirement(
    r#"{"requirements":{"hostnetwork":"off"}}"#,
    "requirements.hostnetwork: unknown key: write hostNetwork"
)]
#[case::requirements(r#"{"requirements":["off"]}"#, "requirements: found a list: write an object")]
#[case::version_as_a_number(
    r#"{"minimumVersions":{"kubernetes":1.23}}"#,
    r#"minimumVersions.kubernetes: found a number: write a version in quotes: "1.23""#
)]
#[case::versions_as_a_list(
    r#"{"minimumVersions":["1.23","1.6"]}"#,
    "minimumVersions: found a list: write an object"
)]
#[case::versions(
    r#"{"minimumVersions":{"kubernetes":"v1.29","containerd":"1.7-rc"}}"#,
    r#"minimumVersions.kubernetes: "v1.29" is no version: write it as "1.23" or "1.23.4"; minimumVersions.containerd: "1.7-rc" is no version: write it as "1.23" or "1.23.4""#
)]
#[case::version_that_nothing_looks_at(
    r#"{"minimumVersions":{"kubernetes":"1.29","containerd":"1.6.0"}}"#,
    "minimumVersions.kubernetes: is looked at by nothing: write requirements.nodeKubernetes: deny"
)]
#[case::version_that_is_looked_at(
    r#"{"minimumVersions":{"kubernetes":"1.29"},"requirements":{"nodeKubernetes":"warn"}}"#,
    ""
)]
fn whole(#[case] settings: &str, #[case] expected: &str) {
    assert_eq!(problems(settings), expected);
}

const NO_LABEL: &str = "is no RFC 1123 label: write at most 63 lower-case letters, digits and \
    hyphens, no hyphen first or last";
const NO_NAMESPACE: &str =
    "matches no namespace: write at most 63 lower-case letters, digits, hyphens, * and ?";

/// Problems of `allow[0]`, in the short form.
#[rstest]
#[case::no_name(r#""name":null"#, ".name: found null: write a string, or delete it")]
#[case::empty_name(r#""name":"""#, &format!(r#".name: "" {NO_LABEL}"#))]
#[case::upper_case(r#""name":"Rule""#, &format!(r#".name: "Rule" {NO_LABEL}"#))]
#[case::hyphen_last(r#""name":"r-""#, &format!(r#".name: "r-" {NO_LABEL}"#))]
#[case::unknown(
    r#""namespace":["x"],"namespaces":[]"#,
    ".namespace: unknown key: write namespaces"
)]
#[case::string_for_a_list(
    r#""namespaces":"kube-system""#,
    r#".namespaces: found "kube-system": write a list of strings: [...]"#
)]
#[case::empty_list(r#""images":[]"#, r#".images: is an empty list: write ["*"] for any"#)]
#[case::empty_entry(
    r#""namespaces":["x",""]"#,
    r#".namespaces[1]: "" is empty: write something, or delete it"#
)]
#[case::null_entry(r#""images":[null]"#, ".images[0]: found null: write a string, or delete it")]
#[case::null_requesters(
    r#""requestedBy":null"#,
    ".requestedBy: found null: write a list of strings: [...], or delete it"
)]
#[case::null_flag(
    r#""ephemeralContainers":null"#,
    ".ephemeralContainers: found null: write true or false, or delete it"
)]
#[case::flag(
    r#""ephemeralContainers":"true""#,
    r#".ephemeralContainers: found "true": write true or false"#
)]
#[case::namespace(r#""namespaces":["kube-*","kube_system"]"#, &format!(r#".namespaces[1]: "kube_system" {NO_NAMESPACE}"#))]
#[case::service_account(
    r#""serviceAccountNames":["a.b-?","system:serviceaccount:ns:a"]"#,
    r#".serviceAccountNames[1]: "system:serviceaccount:ns:a" matches no service account: write its name alone, at most 253 lower-case letters, digits, hyphens, dots, * and ?"#
)]
#[case::requester(
    r#""requestedBy":["controllers","alice"]"#,
    r#".requestedBy[1]: "alice" does not say what it names: write "user:alice", or group: for a group"#
)]
#[case::nobody_asks(
    r#""requestedBy":[]"#,
    r#".requestedBy: is an empty list: write ["*"] for any"#
)]
#[case::nobody_connects(
    r#""connectBy":[]"#,
    ".connectBy: is an empty list: delete connectBy for nobody"
)]
#[case::controllers_connect(
    r#""connectBy":["controllers"]"#,
    r#".connectBy[0]: "controllers" open no shells: delete it"#
)]
#[case::image(
    r#""images":["nginx"]"#,
    r#".images[0]: "nginx" names no registry: write "docker.io/library/nginx""#
)]
#[case::account(
    r#""runAsUserNames":["SYSTEM"]"#,
    r#".runAsUserNames[0]: "SYSTEM" lacks its domain: write 'NT AUTHORITY\SYSTEM'"#
)]
#[case::any_of_a_form(
    r#""serviceAccountNames":["*"],"requestedBy":["*"],"connectBy":["*"],"ephemeralContainers":true"#,
    ""
)]
#[case::duplicates(r#""namespaces":["a","a"]"#, "")]
#[case::several(
    r#""images":["nginx"],"namespaces":["-"]"#,
    &format!(r#".namespaces[0]: "-" {NO_NAMESPACE}; allow[0].images[0]: "nginx" names no registry: write "docker.io/library/nginx""#)
)]
fn short_form(#[case] fields: &str, #[case] expected: &str) {
    let short = [r#""images":["*"]"#, r#""runAsUserNames":["*"]"#];
    let rule = object(fields, &short);
    let expected = match expected {
        "" => String::new(),
        problem => format!("allow[0]{problem}"),
    };
    assert_eq!(rule_problems(&rule[1..rule.len() - 1]), expected);
}

#[rstest]
#[case::neither_form(
    "",
    r#"allow[0].images: is missing: write ["*"] for any, or containers; allow[0].runAsUserNames: is missing: write ["*"] for any, or containers"#
)]
#[case::half_a_form(
    r#""images":["*"]"#,
    r#"allow[0].runAsUserNames: is missing: write ["*"] for any, or containers"#
)]
#[case::both_forms(
    r#""images":["*"],"ephemeralContainers":false,"containers":[{"images":["*"],"runAsUserNames":["*"]}]"#,
    "allow[0].images: stands beside containers: write it there, in each entry that it is for; allow[0].ephemeralContainers: stands beside containers: write it there, in each entry that it is for"
)]
#[case::no_containers(
    r#""containers":[]"#,
    "allow[0].containers: is an empty list: write what containers may be there"
)]
#[case::containers_of_words(
    r#""containers":["nginx"]"#,
    r#"allow[0].containers[0]: found "nginx": write an object"#
)]
#[case::null_containers(
    r#""containers":null"#,
    "allow[0].containers: found null: write a list of containers, or delete it"
)]
fn forms(#[case] fields: &str, #[case] expected: &str) {
    assert_eq!(rule_problems(fields), expected);
}

/// Problems of `allow[0].containers[0]`.
#[rstest]
#[case::words(r#""command":["a.exe",""],"args":[],"exec":[["b.exe",""]],"ephemeral":true"#, "")]
#[case::args_alone(r#""args":["-x"],"exec":[]"#, "")]
#[case::command_in_a_string(
    r#""command":"powershell.exe -File x.ps1""#,
    r#".command: found "powershell.exe -File x.ps1": write a list of words: [powershell.exe, -File, ...]"#
)]
#[case::args_in_a_string(
    r#""args":"-File""#,
    r#".args: found "-File": write a list of words: [powershell.exe, -File, ...]"#
)]
#[case::number_among_args(r#""args":["-p",8080]"#, ".args[1]: found a number: write a string")]
#[case::null_command(
    r#""command":null"#,
    ".command: found null: write a list of words: [powershell.exe, -File, ...], or delete it"
)]
#[case::flat_exec(
    r#""args":[],"exec":["cmd.exe","/c"]"#,
    r#".exec[0]: found "cmd.exe": write a list of words: [cmd.exe, /c, 'del x.tmp']; allow[0].containers[0].exec[1]: found "/c": write a list of words: [cmd.exe, /c, 'del x.tmp']"#
)]
#[case::exec_in_a_string(
    r#""exec":"cmd.exe""#,
    r#".exec: found "cmd.exe": write a list of lists of words: [[cmd.exe, /c, 'del x.tmp']]"#
)]
#[case::null_exec(
    r#""exec":null"#,
    ".exec: found null: write a list of lists of words: [[cmd.exe, /c, 'del x.tmp']], or delete it"
)]
#[case::empty_exec(
    r#""args":[],"exec":[[]]"#,
    ".exec[0]: is an empty list: write a list of words, or delete it"
)]
#[case::exec_alone(
    r#""exec":[["cmd.exe"]]"#,
    ".exec: stands without command and args, where anything may run: write one of them, or delete exec"
)]
#[case::word_that_matches_nothing(
    r#""args":["..\\*.ps1"]"#,
    r#".args[0]: "..\*.ps1" matches no word: wildcards and .. don't go together: write the word in full"#
)]
#[case::image(
    r#""images":["*","a/b"]"#,
    r#".images[1]: "a/b" names no registry: write "docker.io/a/b""#
)]
#[case::no_accounts(
    r#""runAsUserNames":[]"#,
    r#".runAsUserNames: is an empty list: write ["*"] for any"#
)]
#[case::ephemeral(
    r#""ephemeralContainers":true"#,
    ".ephemeralContainers: unknown key: write one of images, runAsUserNames, command, args, exec, ephemeral"
)]
fn containers(#[case] fields: &str, #[case] expected: &str) {
    let container = object(fields, &[r#""images":["*"]"#, r#""runAsUserNames":["*"]"#]);
    let expected = match expected {
        "" => String::new(),
        problem => format!("allow[0].containers[0]{problem}"),
    };
    assert_eq!(rule_problems(&format!(r#""containers":[{container}]"#)), expected);
}

#[rstest]
#[case::name(json!({"namespaces": ["*"]}), "allow[0].name: is missing: write a name for the rule")]
#[case::namespaces(json!({"name": "r"}), r#"allow[0].namespaces: is missing: write ["*"] for any"#)]
#[case::accounts(
    json!({"name": "r", "namespaces": ["*"], "containers": [{"images": ["*"]}]}),
    r#"allow[0].containers[0].runAsUserNames: is missing: write ["*"] for any"#
)]
fn missing_keys(#[case] rule: Value, #[case] expected: &str) {
    assert_eq!(problems(&json!({ "allow": [rule] }).to_string()), expected);
}

fn rule(name: &str) -> Value {
    json!({"name": name, "namespaces": ["*"], "images": ["*"], "runAsUserNames": ["*"]})
}

#[test]
fn names_are_unique() {
    let settings = json!({"allow": [rule("a"), rule("b"), rule("a")]});
    let expected = r#"allow[2].name: "a" is also the name of allow[0]: write another"#;
    assert_eq!(problems(&settings.to_string()), expected);
}

#[test]
fn problems_have_paths() {
    let settings = json!({"allow": [rule("A"), rule("a")], "hyperVRuntimeClassNames": [" "]});
    let problems = Settings::read(&settings).expect_err("two problems");
    let paths: Vec<&str> = problems.iter().map(|problem| &*problem.path).collect();
    assert_eq!(paths, ["allow[0].name", "hyperVRuntimeClassNames[0]"]);
}

#[test]
fn what_is_too_much_is_counted() {
    let rules: Vec<Value> = (0..10_000).map(|_| rule("A\u{1}\"")).collect();
    let told = problems(&json!({ "allow": rules }).to_string());
    let (told, more) = told.rsplit_once("; and ").expect("a count");
    let count = told.split("; ").count();
    assert_eq!(more, format!("{} more", 10_000 - count));
    assert!((7_800..8_000).contains(&told.len()), "{}", told.len());
}

/// What is found is shown escaped, and cut.
#[rstest]
#[case::value(json!({"allow": "\"\n".repeat(1_000_000)}))]
#[case::key(json!({"\"\n".repeat(1_000_000): 1}))]
#[case::checked_value(json!({"hyperVRuntimeClassNames": ["\"\n".repeat(1_000_000)]}))]
fn long_values_are_cut(#[case] settings: Value) {
    let told = problems(&settings.to_string());
    assert!(told.len() < 400 && !told.contains('\n'), "{told}");
    assert!(told.contains(r#"\u{22}\u{a}"#) && told.contains("..."), "{told}");
}

#[test]
fn what_is_read() {
    let read = |settings| Settings::read(&settings).expect("valid settings");
    let given = read(json!({
        "allow": [rule("r")],
        "requirements": {"hostNetwork": "warn", "runAsNonRoot": false},
        "hyperVRuntimeClassNames": ["h*"],
    }));
    let any = vec!["*".to_owned()];
    let expected = Settings {
        allow: vec![Rule {
            name: "r".to_owned(),
            namespaces: any.clone(),
            images: Some(any.clone()),
            run_as_user_names: Some(any),
            ..Rule::default()
        }],
        requirements: Requirements {
            host_network: Mode::Warn,
            run_as_non_root: Mode::Off,
            ..Requirements::default()
        },
        hyper_v_runtime_class_names: vec!["h*".to_owned()],
        minimum_versions: MinimumVersions::default(),
    };
    assert_eq!(given, expected);
    assert_eq!(read(Value::Null), Settings::default());
}

fn read_rule(rule: &str) -> Rule {
    let settings = serde_json::from_str(&format!(r#"{{"allow":[{rule}]}}"#)).expect("JSON");
    let mut settings = Settings::read(&settings).expect("valid settings");
    settings.allow.remove(0)
}

/// A rule is written without what it leaves out, its keys in the order of the reference.
#[rstest]
#[case::short(
    r#"{"name":"r","namespaces":["a"],"serviceAccountNames":["b"],"requestedBy":["*"],"connectBy":["*"],"images":["*"],"runAsUserNames":["*"],"ephemeralContainers":false}"#
)]
#[case::containers(
    r#"{"name":"r","namespaces":["a"],"containers":[{"images":["*"],"runAsUserNames":["*"]},{"images":["*"],"runAsUserNames":["*"],"command":[],"args":["x"],"exec":[["y"]],"ephemeral":true}]}"#
)]
fn rules_are_written(#[case] rule: &str) {
    let read = serde_json::to_string(&read_rule(rule)).expect("JSON");
    assert_eq!(read, rule);
}

/// Of each entry of a rule: whether it is ephemeral, command, args and exec.
#[rstest]
#[case::short(r#""images":["*"],"runAsUserNames":["*"]"#, json!([[false, null]]))]
#[case::short_and_ephemeral(
    r#""images":["*"],"runAsUserNames":["*"],"ephemeralContainers":true"#,
    json!([[false, null], [true, null]])
)]
#[case::any_command(
    r#""containers":[{"images":["*"],"runAsUserNames":["*"],"ephemeral":true}]"#,
    json!([[true, null]])
)]
#[case::command_alone(
    r#""containers":[{"images":["*"],"runAsUserNames":["*"],"command":["c"]}]"#,
    json!([[false, [["c"], [], []]]])
)]
#[case::args_alone(
    r#""containers":[{"images":["*"],"runAsUserNames":["*"],"args":["d"],"exec":[["e"]]}]"#,
    json!([[false, [[], ["d"], [["e"]]]]])
)]
fn entries(#[case] fields: &str, #[case] expected: Value) {
    let rule = object(fields, &[r#""name":"r""#, r#""namespaces":["*"]"#]);
    let rule = read_rule(&rule);
    let entries: Vec<Value> = rule
        .entries()
        .map(|entry| {
            assert_eq!(
                (entry.images, entry.run_as_user_names),
                (&["*".to_owned()][..], &["*".to_owned()][..])
            );
            let line = entry.command_line;
            let line = line.map(|line| json!([line.command, line.args, line.exec]));
            json!([entry.ephemeral, line])
        })
        .collect();
    assert_eq!(Value::from(entries), expected);
}
