//! Hostile input, in the engine and natively, with exact verdicts.

use std::sync::OnceLock;

use conformance::{Builds, data};
use engine::Module;
use reliability::answer::Answer;
use rstest::rstest;
use serde_json::{Value, json};

use crate::payload::{create, create_text, pod, pod_text, sound_spec};
use crate::policy::{payload, rule_for_all};

/// Asks both builds, which have to agree.
fn answer(payload: &[u8]) -> Answer {
    static BUILDS: OnceLock<Builds> = OnceLock::new();
    let builds = BUILDS.get_or_init(Builds::load);
    let judgement = builds.validate(payload, None).expect("both builds agree");
    Answer::read(&judgement.response).expect("an answer")
}

fn judge(request: &Value, settings: &Value) -> Answer {
    answer(payload(request, settings).as_bytes())
}

/// Code and message of a refusal.
fn refusal(payload: &str) -> (u64, String) {
    let answer = answer(payload.as_bytes());
    (answer.code, answer.message)
}

const UNREADABLE: &str = "the request cannot be read: ";

#[test]
fn a_payload_that_is_cut_anywhere_is_refused_and_the_next_is_judged_right() {
    let bytes =
        std::fs::read(data::root().join("policy.wasm")).expect("`make policy.wasm` has run");
    let instance = Module::load(&bytes)
        .and_then(|module| module.instance())
        .expect("an instance");
    let mut request: Value = serde_json::from_str(&data::text(&data::path(
        "requests/denied_host_process_in_a_daemon_set.json",
    )))
    .expect("a recorded request is JSON");
    // A character of two bytes, so that one cut goes through it.
    request["object"]["metadata"]["labels"] = json!({"a": "\u{e8}"});
    let whole = payload(&request, &json!({"allow": []})).into_bytes();
    let judge = |payload: &[u8]| {
        let answer = instance.validate(payload).expect("no trap");
        Answer::read(&answer).expect("an answer")
    };
    let expected = judge(&whole);
    assert_eq!(expected.code, 403);
    for end in 0..whole.len() {
        let answer = judge(&whole[..end]);
        let message = match std::str::from_utf8(&whole[..end]) {
            Ok(_) => {
                format!("{UNREADABLE}not JSON: the text ends too early, at line 1 column {end}")
            }
            Err(error) => format!(
                "{UNREADABLE}not JSON: byte {} is not UTF-8",
                error.valid_up_to()
            ),
        };
        assert_eq!(
            (answer.code, answer.message),
            (400, message),
            "cut at {end}"
        );
        if end % 64 == 0 {
            assert_eq!(judge(&whole), expected, "after the cut at {end}");
        }
    }
    println!("cut at each of {} bytes", whole.len());
}

#[rstest]
#[case::nothing("", "not JSON: the text ends too early, at line 1 column 0")]
#[case::blanks(" \n ", "not JSON: the text ends too early, at line 2 column 1")]
#[case::null("null", "the payload: an object with a request is expected")]
#[case::text("\"request\"", "the payload: an object with a request is expected")]
#[case::list("[]", "the payload: an object with a request is expected")]
#[case::byte_order_mark("\u{feff}{}", "not JSON: a syntax error, at line 1 column 1")]
#[case::no_request("{}", "request: is missing")]
#[case::null_request("{\"request\":null}", "request: is missing")]
#[case::two_values("{\"request\":{}} {}", "not JSON: a syntax error, at line 1 column 16")]
#[case::single_quotes("{'request':{}}", "not JSON: a syntax error, at line 1 column 2")]
#[case::comment("{}//", "not JSON: a syntax error, at line 1 column 3")]
#[case::trailing_comma("{\"a\":1,}", "not JSON: a syntax error, at line 1 column 8")]
#[case::not_a_number("{\"a\":NaN}", "not JSON: a syntax error, at line 1 column 6")]
#[case::new_line_in_a_text("{\"a\":\"\n\"}", "not JSON: a syntax error, at line 1 column 7")]
#[case::million_brackets(&"[".repeat(1_000_000), "not JSON: the text ends too early, at line 1 column 1000000")]
fn what_is_no_request_is_refused(#[case] payload: &str, #[case] reason: &str) {
    assert_eq!(refusal(payload), (400, format!("{UNREADABLE}{reason}")));
}

#[rstest]
#[case::latin(b"{\"a\":\"\xe8\"}", 6)]
#[case::surrogate_in_utf_8(b"{\"a\":\"\xed\xa0\x80\"}", 6)]
#[case::overlong(b"{\"a\":\"\xc0\xaf\"}", 6)]
#[case::utf_16(b"\xff\xfe{\0}\0", 0)]
fn what_is_not_utf_8_is_refused(#[case] payload: &[u8], #[case] byte: usize) {
    let answer = answer(payload);
    let message = format!("{UNREADABLE}not JSON: byte {byte} is not UTF-8");
    assert_eq!((answer.code, answer.message), (400, message));
}

/// What every sound HostProcess pod named `agent` in kube-system hears without rules.
fn denial(container: &str, image: &str, account: &str) -> String {
    format!(
        "HostProcess denied: spec.securityContext.windowsOptions.hostProcess: Forbidden: the pod asks for HostProcess \
         for container \"{container}\" (image \"{image}\", account \"{account}\"); \
         no rule allows anything: the policy's settings have none"
    )
}

const IMAGE: &str = "registry.example.com/agent:v1";
const SYSTEM: &str = r"NT AUTHORITY\\SYSTEM";

#[test]
fn two_megabytes_are_judged() {
    let mut spec = sound_spec();
    spec["containers"][0]["env"] = json!([{"name": "A", "value": "x".repeat(2_000_000)}]);
    let denied = judge(&pod(spec.clone()), &json!({}));
    assert_eq!(
        (denied.code, denied.message),
        (403, denial("agent", IMAGE, SYSTEM))
    );
    spec["securityContext"] = Value::Null;
    assert_eq!(judge(&pod(spec), &json!({})).verdict(), "accepted");
}

#[test]
fn ten_thousand_containers_are_judged() {
    let flag = json!({"windowsOptions": {"hostProcess": true}});
    let containers: Vec<Value> = (0..10_000)
        .map(|i| json!({"name": format!("c{i}"), "image": IMAGE, "securityContext": flag}))
        .collect();
    let mut spec = sound_spec();
    spec["containers"] = json!(containers);
    let denied = judge(&pod(spec.clone()), &json!({}));
    assert_eq!(denied.code, 403);
    // One finding for the pod, one for each container, and one that there are no rules.
    let shown = denied.findings().len() - 1;
    let more = format!("; and {} more", 10_002 - shown);
    assert!(denied.message.ends_with(&more), "{}", denied.message);
    assert!(
        denied
            .message
            .contains("(image \"registry.example.com/agent:v1\", account")
    );

    let admitted = judge(&pod(spec.clone()), &json!({"allow": [rule_for_all()]}));
    assert_eq!(admitted.verdict(), "admitted");
    let names = &admitted.audit["host-process-containers"];
    assert!(
        names.starts_with("c0,c1,c2,") && names.ends_with("..."),
        "{names}"
    );

    // One among them without the flag is still found.
    spec["securityContext"]["windowsOptions"]["hostProcess"] = Value::Null;
    spec["containers"][9_999]["securityContext"] = Value::Null;
    let mixed = judge(&pod(spec), &json!({"allow": [rule_for_all()]}));
    assert!(
        mixed.message.starts_with(
            "HostProcess denied: spec.containers[9999].securityContext.windowsOptions.hostProcess: Required value: \
             container \"c9999\" is no HostProcess container"
        ),
        "{}",
        mixed.message
    );
}

/// The deepest level of what is kept, counted from the payload, that can be read, the
/// scalars included.
const DEEPEST: usize = 128;

#[rstest]
#[case::at_the_limit(0, 403)]
#[case::beyond_the_limit(1, 400)]
#[case::far_beyond_the_limit(1_000, 400)]
fn nesting_of_what_is_kept_has_a_limit(#[case] beyond: usize, #[case] code: u64) {
    // The payload, the request and the object are three levels, the pod spec five.
    let levels = DEEPEST - 3 - 5 + beyond;
    let object = [
        &"{\"a\":".repeat(levels),
        r#"{"containers":[{"securityContext":{"windowsOptions":{"hostProcess":true}}}]}"#,
        &"}".repeat(levels),
    ]
    .concat();
    let (found, message) = refusal(&create_text("example.com", "X", &object, "{}"));
    assert_eq!(found, code, "{message}");
    let too_deep =
        message.starts_with(&format!("{UNREADABLE}nested too deeply, at line 1 column "));
    assert_eq!(too_deep, code == 400, "{message}");
}

#[rstest]
#[case::lists("[", "]")]
#[case::objects("{\"a\":", "}")]
fn nesting_of_what_is_passed_over_has_none(#[case] open: &str, #[case] close: &str) {
    let deep = [&open.repeat(100_000), "1", &close.repeat(100_000)].concat();
    let spec = sound_spec().to_string();
    let spec = format!("{},\"x\":{deep}}}", &spec[..spec.len() - 1]);
    let (code, message) = refusal(&pod_text(&spec, "{}"));
    assert_eq!((code, message), (403, denial("agent", IMAGE, SYSTEM)));
    let unclosed = pod_text(&spec[..spec.len() - 1], "{}");
    assert_eq!(refusal(&unclosed).0, 400);
}

/// A field that is read, and one that is passed over, hold a number.
#[rstest]
#[case::beyond_64_bits("18446744073709551616")]
#[case::far_beyond_64_bits(&"9".repeat(300))]
#[case::negative("-9223372036854775809")]
#[case::tiny("1e-999")]
#[case::fraction("0.1e-7")]
#[case::huge("1e999")]
#[case::negative_and_huge("-1e999")]
#[case::ten_thousand_digits(&"9".repeat(10_000))]
fn numbers_are_no_texts(#[case] number: &str) {
    let spec = format!(r#"{{"containers":[{{"image":{number}}}]}}"#);
    let reason = "spec.containers[0].image: a string is expected, found a number";
    assert_eq!(
        refusal(&pod_text(&spec, "{}")),
        (400, format!("{UNREADABLE}{reason}"))
    );
    let spec = format!(r#"{{"priority":{number},"containers":[]}}"#);
    assert_eq!(
        answer(pod_text(&spec, "{}").as_bytes()).verdict(),
        "accepted"
    );
}

#[rstest]
#[case::true_then_false(
    r#""hostProcess":true,"hostProcess":false"#,
    "spec.securityContext.windowsOptions.hostProcess"
)]
#[case::false_then_true(
    r#""hostProcess":false,"hostProcess":true"#,
    "spec.securityContext.windowsOptions.hostProcess"
)]
#[case::null_then_true(
    r#""hostProcess":null,"hostProcess":true"#,
    "spec.securityContext.windowsOptions.hostProcess"
)]
#[case::true_twice(
    r#""hostProcess":true,"hostProcess":true"#,
    "spec.securityContext.windowsOptions.hostProcess"
)]
#[case::escaped(
    r#""hostProcess":false,"hostProces\u0073":true"#,
    "spec.securityContext.windowsOptions.hostProcess"
)]
#[case::account(
    r#""runAsUserName":"a","runAsUserName":"b""#,
    "spec.securityContext.windowsOptions.runAsUserName"
)]
fn a_field_that_stands_twice_is_refused(#[case] options: &str, #[case] path: &str) {
    let spec =
        format!(r#"{{"securityContext":{{"windowsOptions":{{{options}}}}},"containers":[]}}"#);
    let message = format!("{UNREADABLE}{path}: stands twice in one object");
    assert_eq!(refusal(&pod_text(&spec, "{}")), (400, message));
}

#[rstest]
#[case::containers(r#"{"containers":[],"containers":[{"name":"a"}]}"#, "spec.containers")]
#[case::security_context(
    r#"{"securityContext":{},"securityContext":null}"#,
    "spec.securityContext"
)]
#[case::image(
    r#"{"containers":[{"image":"a","image":"b"}]}"#,
    "spec.containers[0].image"
)]
#[case::selected_label(r#"{"nodeSelector":{"a":"b","a":"c"}}"#, "spec.nodeSelector.a")]
fn any_field_that_is_read_may_stand_once(#[case] spec: &str, #[case] path: &str) {
    let message = format!("{UNREADABLE}{path}: stands twice in one object");
    assert_eq!(refusal(&pod_text(spec, "{}")), (400, message));
}

#[rstest]
#[case::request(r#"{"request":{},"request":{}}"#, "request")]
#[case::kind(
    r#"{"request":{"kind":{"kind":"ConfigMap"},"kind":{"kind":"Pod"}}}"#,
    "request.kind"
)]
#[case::operation(
    r#"{"request":{"operation":"DELETE","operation":"CREATE"}}"#,
    "request.operation"
)]
#[case::namespace(
    r#"{"request":{"namespace":"a","namespace":"b"}}"#,
    "request.namespace"
)]
#[case::settings(r#"{"settings":{},"settings":{}}"#, "settings")]
#[case::both_spellings(
    r#"{"request":{"kind":{"kind":"Pod"},"userInfo":{},"user_info":{},"object":{}}}"#,
    "request.user_info"
)]
fn the_envelope_says_everything_once(#[case] payload: &str, #[case] path: &str) {
    let message = format!("{UNREADABLE}{path}: stands twice in one object");
    assert_eq!(refusal(payload), (400, message));
}

#[rstest]
#[case::high(r"\ud800")]
#[case::low(r"\udc00")]
#[case::two_high(r"\ud800\ud800")]
#[case::half_an_escape(r"\ud8")]
fn half_a_surrogate_pair_is_refused_where_it_is_read(#[case] half: &str) {
    for field in [r#""name""#, r#""image""#] {
        let spec = format!(r#"{{"containers":[{{{field}:"a{half}"}}]}}"#);
        let (code, message) = refusal(&pod_text(&spec, "{}"));
        assert_eq!(code, 400);
        assert!(
            message.starts_with("the request cannot be read: not JSON: a syntax error"),
            "{message}"
        );
    }
    let account = sound_spec()
        .to_string()
        .replace(r"NT AUTHORITY\\SYSTEM", half);
    assert_eq!(refusal(&pod_text(&account, "{}")).0, 400);
}

/// What a requester writes comes out escaped.
#[rstest]
#[case::nul("a\0b", r"a\u{0}b")]
#[case::new_lines("a\r\nHostProcess denied: b", r"a\r\nHostProcess denied: b")]
#[case::tab("a\tb", r"a\tb")]
#[case::ansi("a\u{1b}[31mb\u{9b}0m", r"a\u{1b}[31mb\u{9b}0m")]
#[case::bidirectional("a\u{202e}b\u{2066}", r"a\u{202e}b\u{2066}")]
#[case::line_separators("a\u{85}\u{2028}b", r"a\u{85}\u{2028}b")]
#[case::quotes(r#"a"; spec: Forbidden: b"#, r#"a\"; spec: Forbidden: b"#)]
#[case::backslashes(r"a\", r"a\\")]
#[case::delete("a\u{7f}", r"a\u{7f}")]
#[case::no_characters("\u{ffff}\u{fffe}", r"\u{ffff}\u{fffe}")]
#[case::emoji("\u{1f600}", r"\u{1f600}")]
#[case::zero_width("a\u{200b}\u{feff}b", r"a\u{200b}\u{feff}b")]
fn hostile_characters_come_out_escaped(#[case] text: &str, #[case] shown: &str) {
    let mut spec = sound_spec();
    spec["containers"][0]["name"] = json!(text);
    spec["containers"][0]["image"] = json!(text);
    spec["securityContext"]["windowsOptions"]["runAsUserName"] = json!(format!("D\\{text}"));
    let denied = judge(
        &pod(spec.clone()),
        &json!({"requirements": {"runAsUserName": "off"}}),
    );
    let account = format!(r"D\\{shown}");
    assert_eq!(denied.message, denial(shown, shown, &account));

    spec["serviceAccountName"] = json!(text);
    let mut request = pod(spec);
    request["namespace"] = json!(text);
    let mut rule = rule_for_all();
    rule["namespaces"] = json!(["other"]);
    let denied = judge(&request, &json!({"allow": [rule.clone()]}));
    let finding = format!("no rule covers the namespace \"{shown}\"");
    assert!(denied.message.contains(&finding), "{}", denied.message);

    rule["namespaces"] = json!(["*"]);
    rule["serviceAccountNames"] = json!(["other"]);
    let denied = judge(&request, &json!({"allow": [rule]}));
    let finding =
        format!("spec.serviceAccountName: \"{shown}\" is none of its serviceAccountNames");
    assert!(denied.message.contains(&finding), "{}", denied.message);
}

#[rstest]
#[case::name("name")]
#[case::image("image")]
#[case::account("account")]
#[case::command("command")]
#[case::namespace("namespace")]
#[case::service_account("serviceAccountName")]
#[case::label("label")]
#[case::annotation("annotation")]
#[case::user("user")]
fn texts_of_a_megabyte_are_judged(#[case] field: &str) {
    let long = "m".repeat(1_000_000);
    let mut request = pod(sound_spec());
    {
        let spec = &mut request["object"]["spec"];
        match field {
            "name" | "image" => spec["containers"][0][field] = json!(long),
            "command" => spec["containers"][0]["command"] = json!([long]),
            "account" => spec["securityContext"]["windowsOptions"]["runAsUserName"] = json!(long),
            "label" => spec["nodeSelector"][&long] = json!("a"),
            "serviceAccountName" => spec[field] = json!(long),
            "annotation" => {
                let name = "microsoft.com/hostprocess-rootfs-location";
                request["object"]["metadata"]["annotations"] = json!({ name: long });
            }
            "namespace" => request["namespace"] = json!(long),
            _ => request["userInfo"]["username"] = json!(long),
        }
    }
    let rule = json!({"name": "one", "namespaces": ["*"], "images": [IMAGE], "runAsUserNames": ["NT AUTHORITY\\*"],
        "commands": ["", "x"], "requestedBy": {"users": ["m*n", "admin"]}, "serviceAccountNames": ["default"]});
    let answer = judge(&request, &json!({"allow": [rule]}));
    let admitted = ["name", "namespace", "label"].contains(&field);
    assert_eq!(
        answer.verdict(),
        if admitted { "admitted" } else { "denied" },
        "{}",
        answer.message
    );
    if !admitted {
        let shown = format!("{}...\"", "m".repeat(100));
        assert!(answer.message.contains(&shown), "{}", answer.message);
    }
}

#[test]
fn the_name_of_a_field_may_be_long() {
    let long = "m".repeat(1_000_000);
    let object = json!({ &long: sound_spec() });
    let answer = judge(&create("example.com", "X", object), &json!({}));
    assert_eq!(answer.code, 403);
    assert!(
        answer
            .message
            .contains("securityContext.windowsOptions.hostProcess: Forbidden: ")
    );
}

#[rstest]
#[case::lower_case(r#"{"securityContext":{"windowsOptions":{"hostprocess":true}}}"#)]
#[case::upper_case(r#"{"securityContext":{"windowsOptions":{"HostProcess":true}}}"#)]
#[case::snake_case(r#"{"securityContext":{"windowsOptions":{"host_process":true}}}"#)]
#[case::blank(r#"{"securityContext":{"windowsOptions":{"hostProcess ":true}}}"#)]
#[case::homoglyph("{\"securityContext\":{\"windowsOptions\":{\"h\u{43e}stProcess\":true}}}")]
#[case::zero_width("{\"securityContext\":{\"windowsOptions\":{\"host\u{200b}Process\":true}}}")]
#[case::nul(r#"{"securityContext":{"windowsOptions":{"hostProcess\u0000":true}}}"#)]
#[case::other_place(r#"{"windowsOptions":{"hostProcess":true},"hostProcess":true}"#)]
#[case::other_options(r#"{"securityContext":{"windowsoptions":{"hostProcess":true}}}"#)]
fn a_field_that_only_looks_like_the_flag_is_none(#[case] spec: &str) {
    let spec = format!(
        r#"{},"containers":[{{"name":"a"}}]}}"#,
        &spec[..spec.len() - 1]
    );
    assert_eq!(
        answer(pod_text(&spec, "{}").as_bytes()).verdict(),
        "accepted"
    );
}

#[rstest]
#[case::text(r#""true""#, "a string")]
#[case::text_false(r#""false""#, "a string")]
#[case::number("1", "a number")]
#[case::zero("0", "a number")]
#[case::list("[true]", "a list")]
#[case::object(r#"{"value":true}"#, "an object")]
fn a_flag_that_is_no_boolean_is_refused(#[case] value: &str, #[case] found: &str) {
    let path = "spec.initContainers[0].securityContext.windowsOptions.hostProcess";
    let spec = format!(
        r#"{{"initContainers":[{{"securityContext":{{"windowsOptions":{{"hostProcess":{value}}}}}}}]}}"#
    );
    let message = format!("{UNREADABLE}{path}: true or false is expected, found {found}");
    assert_eq!(refusal(&pod_text(&spec, "{}")), (400, message));
}

/// The flag under its name in escapes is the flag.
#[test]
fn an_escaped_flag_is_the_flag() {
    let spec = sound_spec()
        .to_string()
        .replace("hostProcess", r"\u0068ost\u0050rocess");
    let spec = spec.replace("windowsOptions", r"windows\u004fptions");
    assert_eq!(
        refusal(&pod_text(&spec, "{}")),
        (403, denial("agent", IMAGE, SYSTEM))
    );
}

fn admits(request: &Value, field: &str, patterns: Value) -> bool {
    let mut rule = rule_for_all();
    rule[field] = patterns;
    let answer = judge(
        request,
        &json!({"allow": [rule], "requirements": {"runAsUserName": "off"}}),
    );
    assert!(!answer.message.contains("not valid"), "{}", answer.message);
    answer.accepted
}

#[rstest]
#[case::plain(r"NT AUTHORITY\SYSTEM", true)]
#[case::another_case(r"Nt Authority\system", true)]
#[case::cyrillic("NT \u{410}UTHORITY\\SYSTEM", false)]
#[case::greek("NT AUTHORI\u{3a4}Y\\SYSTEM", false)]
#[case::full_width("\u{ff2e}\u{ff34} AUTHORITY\\SYSTEM", false)]
#[case::dotless_i("NT AUTHOR\u{131}TY\\SYSTEM", false)]
#[case::long_s("NT AUTHORITY\\\u{17f}YSTEM", false)]
#[case::no_break_space("NT\u{a0}AUTHORITY\\SYSTEM", false)]
#[case::zero_width("NT AUTHORITY\\SYSTEM\u{200b}", false)]
#[case::another_backslash("NT AUTHORITY\u{ff3c}SYSTEM", false)]
#[case::slash("NT AUTHORITY/SYSTEM", false)]
#[case::blanks("NT  AUTHORITY\\SYSTEM", false)]
#[case::blank_at_the_end("NT AUTHORITY\\SYSTEM ", false)]
#[case::no_domain("SYSTEM", false)]
#[case::nul("NT AUTHORITY\\SYSTEM\0", false)]
fn lookalikes_of_system_are_other_accounts(#[case] account: &str, #[case] expected: bool) {
    let mut spec = sound_spec();
    spec["securityContext"]["windowsOptions"]["runAsUserName"] = json!(account);
    assert_eq!(
        admits(
            &pod(spec),
            "runAsUserNames",
            json!([r"NT AUTHORITY\SYSTEM"])
        ),
        expected
    );
}

#[rstest]
#[case::same("registry.example.com/agent:v1", true)]
#[case::port("registry.example.com:443/agent:v1", false)]
#[case::upper_case_host("Registry.example.com/agent:v1", false)]
#[case::upper_case_repository("registry.example.com/Agent:v1", false)]
#[case::deeper("registry.example.com/agent/agent:v1", false)]
#[case::below_another("evil.example/registry.example.com/agent:v1", false)]
#[case::longer_host("registry.example.com.evil.example/agent:v1", false)]
#[case::user_info("registry.example.com@evil.example/agent:v1", false)]
#[case::two_digests(&format!("registry.example.com/agent@{0}@{0}", reliability::words::DIGEST), false)]
#[case::digest_without_a_tag(&format!("registry.example.com/agent@{}", reliability::words::DIGEST), false)]
#[case::tag_and_digest(&format!("registry.example.com/agent:v1@{}", reliability::words::DIGEST), false)]
#[case::parent("registry.example.com/x/../agent:v1", false)]
#[case::double_slash("registry.example.com//agent:v1", false)]
#[case::scheme("https://registry.example.com/agent:v1", false)]
#[case::blank("registry.example.com/agent:v1 ", false)]
#[case::new_line("registry.example.com/agent:v1\n", false)]
#[case::homoglyph("registry.ex\u{430}mple.com/agent:v1", false)]
#[case::no_host("agent:v1", false)]
#[case::pattern("registry.example.com/*", false)]
#[case::empty("", false)]
fn images_that_look_like_an_allowed_one_are_others(#[case] image: &str, #[case] expected: bool) {
    let mut spec = sound_spec();
    spec["containers"][0]["image"] = json!(image);
    assert_eq!(admits(&pod(spec), "images", json!([IMAGE])), expected);
}

#[rstest]
#[case::same("calico-system", true)]
#[case::longer("calico-system-evil", false)]
#[case::shorter("calico-syste", false)]
#[case::upper_case("Calico-system", false)]
#[case::pattern("*", false)]
#[case::blank("calico-system ", false)]
#[case::list("calico-system,kube-system", false)]
#[case::empty("", false)]
fn namespaces_that_begin_like_an_allowed_one_are_others(
    #[case] namespace: &str,
    #[case] expected: bool,
) {
    let mut request = pod(sound_spec());
    request["namespace"] = json!(namespace);
    // What the object says of its namespace is not asked.
    request["object"]["metadata"]["namespace"] = json!("calico-system");
    assert_eq!(
        admits(&request, "namespaces", json!(["calico-system"])),
        expected
    );
}

#[test]
fn ten_thousand_rules_are_looked_through() {
    let rules = |last: &str| {
        let rule = |name: String, namespace: &str| {
            let mut rule = rule_for_all();
            rule["name"] = json!(name);
            rule["namespaces"] = json!([namespace]);
            rule
        };
        let mut rules: Vec<Value> = (0..9_999)
            .map(|i| rule(format!("rule-{i}"), "other"))
            .collect();
        rules.push(rule("last".into(), last));
        json!({ "allow": rules })
    };
    let request = pod(sound_spec());
    let admitted = judge(&request, &rules("kube-*"));
    assert_eq!(admitted.audit["allowed-by"], "last");
    let denied = judge(&request, &rules("other"));
    assert!(
        denied
            .message
            .ends_with("; no rule covers the namespace \"kube-system\""),
        "{}",
        denied.message
    );

    // All of them come close: the message tells of a few and counts the others.
    let mut close = rules("*");
    for rule in close["allow"].as_array_mut().expect("a list") {
        rule["namespaces"] = json!(["*"]);
        rule["images"] = json!(["registry.example.com/other"]);
    }
    let denied = judge(&request, &close);
    assert!(
        denied.message.ends_with("; 9994 more rules came close"),
        "{}",
        denied.message
    );
}
