//! Which settings are read, and what is said of the others.

use rstest::rstest;
use serde_json::{Value, json};

use super::*;

/// What is wrong with settings; nothing where they are valid.
fn problems(settings: &str) -> String {
    let settings: Value = serde_json::from_str(settings).expect("JSON");
    match Settings::read(settings) {
        Ok(_) => String::new(),
        Err(problems) => problems.to_string(),
    }
}

/// What is wrong with the rule `allow[0]` of `fields`, a name and a namespace.
fn rule_problems(fields: &str) -> String {
    problems(&format!(
        r#"{{"allow":[{{"name":"r","namespaces":["*"],{fields}}}]}}"#
    ))
}

#[rstest]
#[case::null("null", "")]
#[case::list("[]", "settings: found a list: write an object")]
#[case::manifest(
    r#"{"apiVersion":"policies.kubewarden.io/v1","kind":"ClusterAdmissionPolicy","spec":{}}"#,
    "settings: found a manifest: write what stands in its spec.settings"
)]
#[case::unknown(
    r#"{"x`, expected `y":1}"#,
    r#"["x`, expected `y"]: unknown key: write one of allow, requirements, hyperVRuntimeClassNames, minimumVersions"#
)]
#[case::rule_as_a_list(
    r#"{"allow":[["r",["*"]]]}"#,
    "allow[0]: found a list: write an object"
)]
#[case::no_classes(
    r#"{"hyperVRuntimeClassNames":[]}"#,
    "hyperVRuntimeClassNames: is an empty list: delete it, and write requirements.hyperVIsolation: ignore for no class"
)]
#[case::odd_class(
    r#"{"hyperVRuntimeClassNames":["*HyperV*","hyper v"]}"#,
    r#"hyperVRuntimeClassNames[1]: "hyper v" matches no runtime class: write at most 253 letters, digits, hyphens, dots, * and ?"#
)]
#[case::modes(
    r#"{"requirements":{"hostNetwork":"deny","windowsNode":"Deny","runAsUserName":"off","runAsNonRoot":"ignore","rootfsLocation":false,"allContainers":true}}"#,
    r#"requirements.allContainers: found true: write deny, warn or ignore; requirements.runAsUserName: found "off": did you mean ignore?; requirements.rootfsLocation: found false: write deny, warn or ignore; requirements.windowsNode: found "Deny": write deny, warn or ignore"#
)]
#[case::version_as_a_number(
    r#"{"minimumVersions":{"kubernetes":1.23}}"#,
    r#"minimumVersions.kubernetes: found 1.23: write a version in quotes: "1.23""#
)]
#[case::versions(
    r#"{"minimumVersions":{"kubernetes":"v1.29","containerd":"1.7-rc"}}"#,
    r#"minimumVersions.kubernetes: "v1.29" is no version: write it as "1.23" or "1.23.4"; minimumVersions.containerd: "1.7-rc" is no version: write it as "1.23" or "1.23.4""#
)]
#[case::version_that_nothing_looks_at(
    r#"{"minimumVersions":{"kubernetes":"1.29","containerd":"1.6.0"}}"#,
    r#"minimumVersions.kubernetes: "1.29" is looked at by nothing: write requirements.nodeKubernetes: deny"#
)]
#[case::missing(
    r#"{"allow":[{}]}"#,
    r#"allow[0].name: is missing: write a name for the rule; allow[0].namespaces: is missing: write ["*"] for any; allow[0].images: is missing: write ["*"] for any, or containers; allow[0].runAsUserNames: is missing: write ["*"] for any, or containers"#
)]
fn whole(#[case] settings: &str, #[case] expected: &str) {
    assert_eq!(problems(settings), expected);
}

const NO_LABEL: &str = "is no RFC 1123 label: write at most 63 lower-case letters, digits and \
    hyphens, no hyphen first or last";
const NO_NAMESPACE: &str =
    "matches no namespace: write at most 63 lower-case letters, digits, hyphens, * and ?";

/// Problems of `allow[0]`, in the short form; of a key that stands twice the last counts.
#[rstest]
#[case::empty_name(r#""name":"""#, &format!(r#".name: "" {NO_LABEL}"#))]
#[case::empty_list(r#""images":[]"#, r#".images: is an empty list: write ["*"] for any"#)]
#[case::empty_entry(
    r#""namespaces":["x",""]"#,
    r#".namespaces[1]: "" is empty: write something, or delete it"#
)]
#[case::null_entry(
    r#""images":[null]"#,
    ".images[0]: found null: write a string in quotes, or delete it"
)]
#[case::flag(
    r#""ephemeralContainers":"true""#,
    r#".ephemeralContainers: found "true": write true or false"#
)]
#[case::service_account(
    r#""serviceAccountNames":["a.b-?","system:serviceaccount:ns:a"]"#,
    r#".serviceAccountNames[1]: "system:serviceaccount:ns:a" matches no service account: write its name alone, at most 253 lower-case letters, digits, hyphens, dots, * and ?"#
)]
#[case::nobody_connects(
    r#""connectBy":[]"#,
    ".connectBy: is an empty list: delete connectBy for nobody"
)]
#[case::controllers_connect(
    r#""connectBy":["controllers"]"#,
    r#".connectBy[0]: "controllers" is not allowed in connectBy, because controllers open no shells: delete it"#
)]
#[case::duplicates(r#""namespaces":["a","a"]"#, "")]
#[case::several(
    r#""images":["nginx"],"namespaces":["kube_system"]"#,
    &format!(r#".namespaces[0]: "kube_system" {NO_NAMESPACE}; allow[0].images[0]: "nginx" names no registry: write "docker.io/library/nginx""#)
)]
#[case::both_forms(
    r#""containers":[{"images":["*"],"runAsUserNames":["*"]}]"#,
    ".images: stands beside containers: write it there, in each entry that it is for; allow[0].runAsUserNames: stands beside containers: write it there, in each entry that it is for"
)]
fn short_form(#[case] fields: &str, #[case] expected: &str) {
    let problem = rule_problems(&format!(
        r#""images":["*"],"runAsUserNames":["*"],{fields}"#
    ));
    assert_eq!(
        problem.strip_prefix("allow[0]").unwrap_or(&problem),
        expected
    );
}

#[test]
fn no_containers() {
    let expected = "allow[0].containers: is an empty list: write what containers may be there";
    assert_eq!(rule_problems(r#""containers":[]"#), expected);
}

/// Any in another spelling than `*` is refused in every list of patterns.
#[rstest]
fn any_in_disguise(
    #[values(
        "namespaces",
        "serviceAccountNames",
        "requestedBy",
        "connectBy",
        "images",
        "runAsUserNames"
    )]
    key: &str,
    #[values("**", "?*", "*??")] pattern: &str,
) {
    let told = format!(r#"[0]: "{pattern}" is nothing but wildcards: write "*" for any"#);
    short_form(
        &format!(r#""{key}":["{pattern}"]"#),
        &format!(".{key}{told}"),
    );
    let settings = json!({"hyperVRuntimeClassNames": [pattern]});
    assert_eq!(
        problems(&settings.to_string()),
        format!("hyperVRuntimeClassNames{told}")
    );
}

#[test]
fn names_of_a_length_are_no_disguise() {
    short_form(r#""namespaces":["??"],"serviceAccountNames":["?"]"#, "");
    assert_eq!(problems(r#"{"hyperVRuntimeClassNames":["???"]}"#), "");
}

/// Problems of `allow[0].containers[0]`.
#[rstest]
#[case::words(
    r#""command":["a.exe",""],"args":[],"exec":[["b.exe",""]],"ephemeral":true"#,
    ""
)]
#[case::command_in_a_string(
    r#""command":"powershell.exe -File x.ps1""#,
    r#".command: found "powershell.exe -File x.ps1": write a list of words: [powershell.exe, -File, ...]"#
)]
#[case::number_among_args(
    r#""args":["-p",8080]"#,
    ".args[1]: found 8080: write a string in quotes"
)]
#[case::flat_exec(
    r#""args":[],"exec":["cmd.exe"]"#,
    r#".exec[0]: found "cmd.exe": write a list of words: [cmd.exe, /c, 'del x.tmp']"#
)]
#[case::null_exec(
    r#""args":[],"exec":null"#,
    ".exec: found null: write a list of lists of words: [[cmd.exe, /c, 'del x.tmp']], or delete it"
)]
#[case::empty_exec(
    r#""args":[],"exec":[[]]"#,
    ".exec[0]: is an empty list: write a list of words, or delete it"
)]
#[case::empty_exec_alone(
    r#""exec":[]"#,
    ".exec: stands without command and args, where anything may run: write one of them, or delete exec"
)]
#[case::exec_alone(
    r#""exec":[["cmd.exe"]]"#,
    ".exec: stands without command and args, where anything may run: write one of them, or delete exec"
)]
#[case::any_literal_word_and_a_pattern(
    r#""args":["..\\*.ps1","$(A)?",{"pattern":"*.ps1"}],"exec":[[{"pattern":"a?"}]]"#,
    ""
)]
#[case::pattern_without_wildcard(
    r#""args":["a",{"pattern":"a.ps1"}]"#,
    r#".args[1].pattern: "a.ps1" has no wildcard: write the word itself instead of {pattern: ...}"#
)]
#[case::pattern_that_is_no_string(
    r#""args":[{"pattern":["*"]}]"#,
    ".args[0].pattern: found a list: write a string in quotes"
)]
#[case::object_without_a_pattern(
    r#""args":[{}]"#,
    ".args[0].pattern: is missing: write a word, or {pattern: 'setup-*.exe'}"
)]
#[case::other_key_beside_a_pattern(
    r#""args":[{"pattern":"*","flags":"i"}]"#,
    ".args[0].flags: unknown key: write one of pattern"
)]
#[case::ephemeral(
    r#""ephemeralContainers":true"#,
    ".ephemeralContainers: unknown key: write one of images, runAsUserNames, command, args, exec, ephemeral"
)]
fn containers(#[case] fields: &str, #[case] expected: &str) {
    let container = format!(r#"{{"images":["*"],"runAsUserNames":["*"],{fields}}}"#);
    let problem = rule_problems(&format!(r#""containers":[{container}]"#));
    assert_eq!(
        problem
            .strip_prefix("allow[0].containers[0]")
            .unwrap_or(&problem),
        expected
    );
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
fn what_is_too_much_is_counted() {
    let rules: Vec<Value> = (0..10_000)
        .map(|index| rule(&format!("A\u{1}\"{index}")))
        .collect();
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
    assert!(
        told.contains(r#"\u{22}\u{a}"#) && told.contains("..."),
        "{told}"
    );
}

#[test]
fn what_is_read() {
    let read = |settings| Settings::read(settings).expect("valid settings");
    let given = read(json!({
        "allow": [rule("r")],
        "requirements": {"hostNetwork": "warn", "runAsNonRoot": "ignore"},
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
        requirements: Requirements::new(|requirement| match requirement {
            Requirement::HostNetwork => Mode::Warn,
            Requirement::RunAsNonRoot => Mode::Ignore,
            other => other.default_mode(),
        }),
        hyper_v_runtime_class_names: vec!["h*".to_owned()],
        minimum_versions: Settings::default().minimum_versions,
    };
    assert_eq!(given, expected);
    assert_eq!(read(Value::Null), Settings::default());
}

fn read_rule(rule: &str) -> Rule {
    let settings = serde_json::from_str(&format!(r#"{{"allow":[{rule}]}}"#)).expect("JSON");
    let mut settings = Settings::read(settings).expect("valid settings");
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
