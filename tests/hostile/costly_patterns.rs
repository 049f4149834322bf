//! Values and patterns that are expensive to compare. The policy compares them within the bounds, or
//! denies the request because it is too much work.

use rstest::rstest;
use serde_json::{Value, json};

use super::bounds::{DENIED_BY_THE_RULES, Expected, TOO_MUCH_WORK, check};
use super::{
    POD, payload, pod, pod_with_containers, request, settings_with_changed_rules,
    settings_with_rules,
};

fn request_with_containers(containers: Vec<Value>) -> Value {
    request(POD, pod_with_containers(containers))
}

/// Returns a container each of whose hooks and probes runs `command`.
fn container_with_hooks_and_probes(command: Value) -> Value {
    let action = json!({"exec": {"command": command}});
    json!({
        "name": "c",
        "image": "r.example/a/b:v1",
        "lifecycle": {"postStart": action, "preStop": action},
        "livenessProbe": action,
        "readinessProbe": action,
        "startupProbe": action,
    })
}

/// Returns settings with one rule, for containers without args, of which only `exec` does not match.
fn settings_with_exec(exec: Value) -> Value {
    let mut settings = settings_with_rules(1);
    let entry = &mut settings["allow"][0]["containers"][0];
    entry["args"] = json!([]);
    entry["exec"] = exec;
    settings
}

/// The part of the pattern between the two stars has a question mark. The policy tries such a part at
/// each place of the word. Each container has one word.
#[rstest]
#[case::two_containers(2, DENIED_BY_THE_RULES)]
#[case::four_hundred_containers(400, TOO_MUCH_WORK)]
fn long_words_under_patterns_with_a_question_mark(
    #[case] container_count: usize,
    #[case] expected: Expected,
) {
    let settings = settings_with_changed_rules(|rule, _| {
        rule["containers"][0]["args"] = json!([{"pattern": "*?b*.ps1"}]);
    });
    let word = "a".repeat(4_000) + ".ps1";
    let container = json!({"name": "c", "image": "r.example/a/b:v1", "args": [word]});
    let request = request_with_containers(vec![container; container_count]);
    check(&payload(&request, &settings), expected);
}

/// The policy compares each hook and each probe with each list in `exec`.
#[rstest]
#[case::short_words(300, DENIED_BY_THE_RULES)]
#[case::long_words(32_000, TOO_MUCH_WORK)]
fn hooks_and_probes_under_a_hundred_lists_in_exec(
    #[case] word_length: usize,
    #[case] expected: Expected,
) {
    let exec: Vec<Value> = (0..100)
        .map(|number| json!([{"pattern": format!("*?b{number}*.ps1")}]))
        .collect();
    let settings = settings_with_exec(exec.into());

    let container = container_with_hooks_and_probes(json!(["a".repeat(word_length)]));
    let request = request_with_containers(vec![container; 11]);
    check(&payload(&request, &settings), expected);
}

/// Each comparison of a word with a pattern is as short as can be, and there are millions of them.
#[rstest]
#[case::of_an_empty_word("", "*")]
#[case::of_a_letter("a", "a*")]
#[case::of_a_letter_between_stars("a", "*a*")]
#[case::of_four_letters_between_stars("aaaa", "*a*a*a*a*")]
fn hooks_and_probes_of_short_words_under_short_patterns(#[case] word: &str, #[case] pattern: &str) {
    // Only the last word of each list does not match.
    let mut list = vec![json!({"pattern": pattern}); 50];
    list.push(json!("x"));
    let settings = settings_with_exec(json!(vec![list; 20]));

    let container = container_with_hooks_and_probes(json!(vec![word; 51]));
    let request = request_with_containers(vec![container; 999]);
    check(&payload(&request, &settings), TOO_MUCH_WORK);
}

/// Each comparison of a word with a pattern is short, and there are millions of them.
#[rstest]
#[case::fifty_containers(50, DENIED_BY_THE_RULES)]
#[case::a_thousand_containers(1_000, TOO_MUCH_WORK)]
fn short_words_under_many_short_patterns(
    #[case] container_count: usize,
    #[case] expected: Expected,
) {
    let settings = settings_with_changed_rules(|rule, _| {
        let mut entry = rule["containers"][0].clone();
        entry["images"] = json!(["*"]);
        entry["args"] = vec![json!({"pattern": "*a*c"}); 10].into();
        rule["containers"] = vec![entry; 3].into();
    });
    let container = json!({"name": "c", "image": "r.example/a/b:v1", "args": vec!["x"; 20]});
    let request = request_with_containers(vec![container; container_count]);
    check(&payload(&request, &settings), expected);
}

/// The policy compares each group of the requester with each entry of `requestedBy`.
#[test]
fn a_thousand_groups_under_many_patterns_with_a_question_mark() {
    let settings = settings_with_changed_rules(|rule, _| {
        let patterns = (0..100).map(|number| format!("group:*?b{number}*"));
        rule["requestedBy"] = patterns.collect();
    });
    let mut request = request(POD, pod());
    request["userInfo"]["groups"] = vec!["a".repeat(500); 1_000].into();
    check(&payload(&request, &settings), TOO_MUCH_WORK);
}

#[test]
fn a_thousand_short_groups_under_many_short_patterns() {
    let settings = settings_with_changed_rules(|rule, _| {
        let patterns = (0..100).map(|number| format!("group:*b{number}*"));
        rule["requestedBy"] = patterns.collect();
    });
    let mut request = request(POD, pod());
    request["userInfo"]["groups"] = vec!["b"; 1_000].into();
    check(&payload(&request, &settings), TOO_MUCH_WORK);
}

/// Returns patterns after `prefix`. Between its stars, each has a row of the letter `a` and then a text
/// of its own. The policy finds that row at nearly each place of [`names_that_nearly_match`], but never
/// the text behind the row.
fn patterns_that_nearly_match(prefix: &str, rule_number: usize, count: usize) -> Value {
    let row = "a".repeat(30);
    (0..count)
        .map(|number| format!("{prefix}*{row}b{rule_number}-{number}*"))
        .collect()
}

/// Returns names after `prefix`, each with a row of the letter `a`.
fn names_that_nearly_match(prefix: &str, row_length: usize, count: usize) -> Vec<String> {
    let row = "a".repeat(row_length);
    (0..count)
        .map(|number| format!("{prefix}{row}{number}"))
        .collect()
}

#[rstest]
#[case::five_hundred(500, DENIED_BY_THE_RULES)]
#[case::six_thousand(6_000, TOO_MUCH_WORK)]
fn groups_that_nearly_match(#[case] group_count: usize, #[case] expected: Expected) {
    let settings = settings_with_changed_rules(|rule, rule_number| {
        rule["requestedBy"] = patterns_that_nearly_match("group:", rule_number, 1);
    });
    let mut request = request(POD, pod());
    request["userInfo"]["groups"] = names_that_nearly_match("", 330, group_count).into();
    check(&payload(&request, &settings), expected);
}

#[test]
fn a_service_account_that_nearly_matches() {
    let settings = settings_with_changed_rules(|rule, rule_number| {
        rule["serviceAccountNames"] = patterns_that_nearly_match("", rule_number, 20);
    });
    let names = names_that_nearly_match("", 1_900_000, 1);
    let mut pod = pod();
    pod["spec"]["serviceAccountName"] = json!(names[0]);
    check(&payload(&request(POD, pod), &settings), DENIED_BY_THE_RULES);
}

#[rstest]
#[case::two_hundred_containers(200, 1, DENIED_BY_THE_RULES)]
#[case::a_thousand_containers(999, 2, TOO_MUCH_WORK)]
#[case::a_thousand_containers_under_more_patterns(999, 20, TOO_MUCH_WORK)]
fn images_that_nearly_match(
    #[case] container_count: usize,
    #[case] patterns_of_each_rule: usize,
    #[case] expected: Expected,
) {
    let repository = "r.example/x:";
    let settings = settings_with_changed_rules(|rule, rule_number| {
        let patterns = patterns_that_nearly_match(repository, rule_number, patterns_of_each_rule);
        rule["containers"][0]["images"] = patterns;
    });
    let container = |image| json!({"name": "c", "image": image, "args": ["x.ps1"]});
    let images = names_that_nearly_match(repository, 120, container_count);
    let request = request_with_containers(images.into_iter().map(container).collect());
    check(&payload(&request, &settings), expected);
}

#[rstest]
#[case::three_hundred_containers(300, DENIED_BY_THE_RULES)]
#[case::a_thousand_containers(999, TOO_MUCH_WORK)]
fn accounts_that_nearly_match(#[case] container_count: usize, #[case] expected: Expected) {
    let domain = r"CORP\";
    let settings = settings_with_changed_rules(|rule, rule_number| {
        let patterns = patterns_that_nearly_match(domain, rule_number, 1);
        rule["containers"][0]["runAsUserNames"] = patterns;
    });
    let container = |account| {
        json!({
            "name": "c",
            "image": "r.example/a/b:v1",
            "args": ["x.ps1"],
            "securityContext": {"windowsOptions": {"runAsUserName": account}},
        })
    };
    let accounts = names_that_nearly_match(domain, 95, container_count);
    let request = request_with_containers(accounts.into_iter().map(container).collect());
    check(&payload(&request, &settings), expected);
}
