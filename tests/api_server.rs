//! Of pods that ask for HostProcess the policy denies, whatever its rules, those that the API
//! server refuses and those without an account: on generated pods, against that server's rules.

use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};
use windows_hostprocess_policy::{NoHost, validate_in_full};

/// `hostProcess` and `runAsUserName` of a pod or container.
type Options = (Option<bool>, Option<String>);

/// Whether the API server takes `name` as `runAsUserName`.
fn is_account(name: &str) -> bool {
    let has = |text: &str, characters: &str| text.contains(|c| characters.contains(c));
    let (domain, user) = name.rsplit_once('\\').unwrap_or(("none", name));
    let net_bios =
        domain.chars().count() < 16 && !domain.starts_with('.') && !has(domain, "\\/:*?\"<>|");
    let is_label = |it: &str| {
        let plain = it.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-');
        plain && (1..64).contains(&it.len()) && !it.starts_with('-') && !it.ends_with('-')
    };
    let is_domain =
        (1..256).contains(&domain.len()) && (net_bios || domain.split('.').all(is_label));
    let is_user = (1..105).contains(&user.len()) && !user.trim_matches(['.', ' ']).is_empty();
    let control = name.contains(|c: char| c.is_ascii_control());
    is_domain && is_user && !has(user, "\"/:;|=,+*?<>@[]") && !control
}

/// Whether the API server takes such a pod, which asks for HostProcess.
fn is_taken(host_network: bool, pod: &Options, containers: &[Options]) -> bool {
    let mut accounts = containers
        .iter()
        .chain([pod])
        .filter_map(|it| it.1.as_deref());
    let all = containers.iter().all(|it| it.0.or(pod.0) == Some(true));
    let equal = containers
        .iter()
        .all(|it| pod.0.is_none() || it.0.is_none() || it.0 == pod.0);
    host_network && all && equal && accounts.all(is_account)
}

fn options() -> impl Strategy<Value = Options> {
    let character = select(
        "aaB1. -\\\\/@:*[é\u{7f}\u{85}\n"
            .chars()
            .collect::<Vec<_>>(),
    );
    let times = select(vec![1, 1, 1, 15, 16]);
    let part = (character, times).prop_map(|(it, times)| it.to_string().repeat(times));
    let long = select(vec![
        ("a", 104, ""),
        ("a", 105, ""),
        ("a.", 127, "b\\u"),
        ("a.", 127, "bb\\u"),
    ]);
    let long = long.prop_map(|(it, times, end)| it.repeat(times) + end);
    let odd = prop_oneof![9 => vec(part, 0..4).prop_map(|it| it.concat()), 1 => long];
    let sound = select(vec![
        r"NT AUTHORITY\SYSTEM",
        "Administrators",
        r"corp.example.com\a b",
    ]);
    let account = prop_oneof![2 => sound.prop_map(String::from), 1 => odd];
    (
        of(prop_oneof![4 => Just(true), 1 => Just(false)]),
        of(account),
    )
}

proptest! {
    #[test]
    fn what_the_api_server_refuses_is_denied(network in prop::bool::weighted(0.8), pod in options(), containers in vec(options(), 1..4)) {
        let context = |it: &Options| json!({"windowsOptions": {"hostProcess": it.0, "runAsUserName": it.1}});
        let listed: Vec<_> = containers.iter().map(|it| json!({"securityContext": context(it)})).collect();
        let spec = json!({"hostNetwork": network, "securityContext": context(&pod), "containers": listed});
        let request = json!({"kind": {"group": "", "version": "v1", "kind": "Pod"}, "operation": "CREATE", "namespace": "ns", "object": {"spec": spec}});
        let settings = json!({"allow": [{"name": "any", "namespaces": ["*"], "images": ["*"], "runAsUserNames": ["*"]}]});
        let payload = json!({"request": request, "settings": settings}).to_string();
        let answer: Value = serde_json::from_slice(&validate_in_full(payload.as_bytes(), &NoHost)).expect("JSON");
        let asks = containers.iter().chain([&pod]).any(|it| it.0 == Some(true));
        let has_account = containers.iter().all(|it| it.1.is_some() || pod.1.is_some());
        let expected = !asks || has_account && is_taken(network, &pod, &containers);
        prop_assert_eq!(&answer["accepted"], expected, "{} {}", payload, answer);
    }
}
