//! The API server's own validation of HostProcess pods. With a rule for everything
//! and the default requirements, the policy denies at least what the API server denies.

use rstest::rstest;
use serde_json::{Value, json};

use crate::payload::pod;
use crate::policy::{judge, rule_for_all};

fn verdict(spec: Value) -> (&'static str, String) {
    let answer = judge(&pod(spec), &json!({"allow": [rule_for_all()]})).expect("an answer");
    (answer.verdict(), answer.message)
}

fn context(flag: Option<bool>, account: Option<&str>) -> Value {
    json!({"windowsOptions": {"hostProcess": flag, "runAsUserName": account}})
}

/// The API server's rule on a pod with one container and one init container: where one
/// of them is HostProcess, all are, the values of pod and container are equal where both
/// are set, and hostNetwork is true.
fn api_server_denies(
    pod: Option<bool>,
    containers: [Option<bool>; 2],
    host_network: Option<bool>,
) -> bool {
    let effective = containers.map(|own| own.or(pod).unwrap_or(false));
    let unequal = containers
        .iter()
        .any(|own| own.is_some() && pod.is_some() && *own != pod);
    effective.contains(&true)
        && (effective.contains(&false) || unequal || host_network != Some(true))
}

#[test]
fn every_combination_of_flags_that_the_api_server_denies_is_denied() {
    let values = [None, Some(false), Some(true)];
    let (mut denied, mut admitted) = (0, 0);
    for combination in 0..81 {
        let at = |place: u32| values[combination / 3usize.pow(place) % 3];
        let (own, init, pod, host_network) = (at(0), at(1), at(2), at(3));
        let system = Some(r"NT AUTHORITY\SYSTEM");
        let spec = json!({
            "hostNetwork": host_network,
            "securityContext": context(pod, system),
            "containers": [{"name": "a", "image": "i", "securityContext": context(own, None)}],
            "initContainers": [{"name": "b", "image": "i", "securityContext": context(init, None)}],
        });
        let (verdict, message) = verdict(spec);
        let asks = [pod, own, init].contains(&Some(true));
        let expected = match api_server_denies(pod, [own, init], host_network) {
            true => "denied",
            false if !asks => "accepted",
            // A flag of the pod that all containers override with false: the API server
            // admits it, the policy holds it for a request all the same.
            false if ![own.or(pod), init.or(pod)].contains(&Some(true)) => "denied",
            false => "admitted",
        };
        assert_eq!(
            verdict, expected,
            "container {own:?}, init container {init:?}, pod {pod:?}, hostNetwork {host_network:?}: {message}"
        );
        denied += usize::from(expected == "denied");
        admitted += usize::from(expected == "admitted");
    }
    println!("{denied} denied, {admitted} admitted of 81");
    assert!(denied > 20 && admitted >= 4);
}

/// The API server's rules on the name of an account; the other forms are admitted.
#[rstest]
#[case::system(r"NT AUTHORITY\SYSTEM", true)]
#[case::bare("Administrators", true)]
#[case::dots_and_letters("a.b", true)]
#[case::space_inside(r"NT AUTHORITY\Local service", true)]
#[case::dns_domain(r"a-b.example.com\user", true)]
#[case::netbios_domain(r"WORK GROUP\user", true)]
#[case::netbios_domain_of_15(r"ABCDEFGHIJKLMNO\user", true)]
#[case::user_of_104(&"u".repeat(104), true)]
#[case::empty("", false)]
#[case::control_character("a\u{1}", false)]
#[case::new_line("a\n", false)]
#[case::delete("a\u{7f}", false)]
#[case::two_backslashes(r"a\b\c", false)]
#[case::double_backslash(r"NT AUTHORITY\\SYSTEM", false)]
#[case::no_domain(r"\user", false)]
#[case::no_user(r"DOMAIN\", false)]
#[case::backslash(r"\", false)]
#[case::domain_with_a_dot_first(r".domain\user", false)]
#[case::domain_with_a_star(r"do*main\user", false)]
#[case::long_domain_with_a_space(r"ABCDEFGHIJKL NOP\user", false)]
#[case::domain_of_256(&format!(r"{}.{}.{}.{}\u", "d".repeat(63), "d".repeat(63), "d".repeat(63), "d".repeat(64)), false)]
#[case::user_of_105(&"u".repeat(105), false)]
#[case::dots("...", false)]
#[case::spaces_and_dots(r"DOMAIN\. .", false)]
#[case::quote("a\"b", false)]
#[case::slash("a/b", false)]
#[case::colon("a:b", false)]
#[case::semicolon("a;b", false)]
#[case::bar("a|b", false)]
#[case::equals("a=b", false)]
#[case::comma("a,b", false)]
#[case::plus("a+b", false)]
#[case::star("a*b", false)]
#[case::question_mark("a?b", false)]
#[case::less("a<b", false)]
#[case::greater("a>b", false)]
#[case::at("a@b", false)]
#[case::bracket("a[b", false)]
#[case::closing_bracket("a]b", false)]
fn accounts(#[case] account: &str, #[case] valid: bool) {
    for on_pod in [true, false] {
        let (pod_account, own) = if on_pod {
            (Some(account), None)
        } else {
            (None, Some(account))
        };
        let (verdict, message) = verdict(json!({
            "hostNetwork": true,
            "securityContext": context(Some(true), pod_account),
            "containers": [{"name": "a", "image": "i", "securityContext": context(None, own)}],
        }));
        assert_eq!(
            verdict,
            if valid { "admitted" } else { "denied" },
            "{message}"
        );
    }
}

/// Required by Kubernetes of every HostProcess container.
#[test]
fn a_container_without_an_account_is_denied() {
    let (verdict, message) = verdict(json!({
        "hostNetwork": true,
        "securityContext": context(Some(true), None),
        "containers": [
            {"name": "a", "image": "i", "securityContext": context(None, Some("u"))},
            {"name": "b", "image": "i"},
        ],
    }));
    assert_eq!(verdict, "denied");
    assert!(
        message.contains(
            "spec.containers[1].securityContext.windowsOptions.runAsUserName: Required value: "
        ),
        "{message}"
    );
}
