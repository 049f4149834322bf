//! Suggested settings as YAML, with the reason for each part as a comment.

use std::collections::BTreeSet;

use windows_hostprocess_policy::settings::{ContainerEntry, Rule, Word};

use super::policy_frame::{Frame, policy_with};
use super::rule_set::{SuggestedEntry, SuggestedRule};
use super::yaml_text::{block_scalar, flow_list, scalar};
use crate::counted::counted;
use crate::judging::findings::first_variable;
use crate::reading::printable::printable;

/// How many objects a rule or an entry is said to come from; it may be thousands of pods.
const ORIGINS_LISTED: usize = 10;
/// How long a list of words on one line may get.
const LONGEST_LINE: usize = 110;

/// What rules without `connectBy` do not allow.
pub const NOBODY_CONNECTS: &str =
    "Nobody may exec into these pods. To let somebody, add connectBy to a rule.";
/// What a policy needs for `connectBy`, as a comment.
const CONNECT_NEEDS: &str = "\
# connectBy has an effect only in a policy with a webhook rule for CONNECT and the grant of v1 Pod,
# as artefacts/policy.yaml has them.
";

/// What the reader should know about an entry for an ephemeral container, as a comment.
const EPHEMERAL_CONTAINER: &str = "\
# a debugging session: somebody has added this container to a running pod. Delete the entry unless this is \
how you reach your nodes";

/// Returns the rules as settings.
pub(super) fn settings(rules: &[SuggestedRule]) -> String {
    let mut text = format!("# {}\n", title(rules));
    if !rules.is_empty() {
        text += &format!("# {NOBODY_CONNECTS}\n{CONNECT_NEEDS}");
    }
    text + &allow(rules)
}

/// Returns the rules in a policy that only reports what it would deny.
pub(super) fn policy(rules: &[SuggestedRule]) -> String {
    let frame = Frame {
        // The frame writes the first `# ` of this comment of two lines.
        title: &format!("{}\n# {NOBODY_CONNECTS}", title(rules)),
        monitors: true,
    };
    let settings = allow(rules);
    policy_with(
        &settings,
        rules.iter().map(|suggested| &suggested.rule),
        &frame,
    )
}

fn title(rules: &[SuggestedRule]) -> String {
    let number = counted(rules.len(), "suggested rule");
    match rules.len() {
        0 => number,
        _ => format!("{number}: read each before you use it."),
    }
}

/// Returns the lines of `allow`.
fn allow(rules: &[SuggestedRule]) -> String {
    if rules.is_empty() {
        return String::from("allow: []\n");
    }
    let mut lines = vec![String::from("allow:")];
    for suggested in rules {
        let rule = rule_lines(suggested);
        lines.extend(rule.iter().map(|line| indent(line, 2)));
    }
    lines.join("\n") + "\n"
}

/// Returns the lines of a rule, an item of `allow`.
fn rule_lines(suggested: &SuggestedRule) -> Vec<String> {
    let rule = &suggested.rule;
    let all_origins: BTreeSet<usize> = (0..suggested.origins.len()).collect();
    let mut lines = origin_comments("# from", &all_origins, &suggested.origins);
    lines.extend(
        remarks(suggested)
            .iter()
            .map(|remark| format!("# {remark}")),
    );

    lines.extend(lines_before_entries(rule));
    for SuggestedEntry { entry, origins } in &suggested.entries {
        if *origins != all_origins {
            let comments = origin_comments("# only in", origins, &suggested.origins);
            lines.extend(comments.iter().map(|line| indent(line, 4)));
        }
        if entry.ephemeral {
            lines.push(indent(EPHEMERAL_CONTAINER, 4));
        }
        lines.extend(entry_lines(entry).iter().map(|line| indent(line, 4)));
    }
    lines
}

/// Returns the lines of a rule before its container entries.
fn lines_before_entries(rule: &Rule) -> Vec<String> {
    let mut lines = vec![
        format!("- name: {}", scalar(&rule.name)),
        format!("  namespaces: {}", flow_list(&rule.namespaces)),
    ];
    if let Some(accounts) = &rule.service_account_names {
        lines.push(format!("  serviceAccountNames: {}", flow_list(accounts)));
    }
    if let Some(requesters) = &rule.requested_by {
        lines.push(format!("  requestedBy: {}", flow_list(requesters)));
    }
    lines.push(String::from("  containers:"));
    lines
}

/// Returns settings with one suggested rule, without comments.
pub fn settings_with_rule(rule: &Rule) -> String {
    let mut lines = lines_before_entries(rule);
    for entry in rule.containers.iter().flatten() {
        lines.extend(entry_lines(entry).iter().map(|line| indent(line, 4)));
    }
    let lines: Vec<String> = lines.iter().map(|line| indent(line, 2)).collect();
    format!("allow:\n{}\n", lines.join("\n"))
}

/// Returns what the reader of a rule should know before using it.
fn remarks(suggested: &SuggestedRule) -> Vec<String> {
    let mut remarks = Vec::new();
    if !suggested.has_owner_in_input {
        let workload = &suggested.workload;
        let (kind, name) = (scalar(&workload.kind), scalar(&workload.name));
        remarks.push(format!("made for {kind} {name}, which is not in the input"));
    }
    if suggested.is_debugging_session {
        remarks.push(String::from(
            "a debugging session: somebody works in this pod. Give it no rule unless this is how \
             you reach your nodes",
        ));
    }
    let warnings = suggested.warnings.iter();
    remarks.extend(warnings.map(|warning| format!("warning: {warning}")));
    remarks
}

/// Returns a comment for each of the first few chosen origins, and one that says how many more there
/// are. `chosen` holds indexes of `origins`.
fn origin_comments(comment: &str, chosen: &BTreeSet<usize>, origins: &[String]) -> Vec<String> {
    let listed = chosen.iter().take(ORIGINS_LISTED);
    let mut lines: Vec<String> = listed
        .map(|index| format!("{comment} {}", origins[*index]))
        .collect();
    if chosen.len() > ORIGINS_LISTED {
        lines.push(format!("{comment} {} more", chosen.len() - ORIGINS_LISTED));
    }
    lines
}

/// Returns the lines of a container entry.
fn entry_lines(entry: &ContainerEntry) -> Vec<String> {
    let mut lines = vec![
        format!("- images: {}", flow_list(&entry.images)),
        format!("  runAsUserNames: {}", flow_list(&entry.run_as_user_names)),
    ];
    for (key, words) in [("command", &entry.command), ("args", &entry.args)] {
        if let Some(words) = words {
            lines.extend(words_of_key(key, words).iter().map(|line| indent(line, 2)));
        }
    }
    if !entry.exec.is_empty() {
        lines.push(String::from("  exec: # what hooks and probes run"));
        for words in &entry.exec {
            lines.extend(exec_lines(words).iter().map(|line| indent(line, 4)));
        }
    }
    if entry.ephemeral {
        lines.push(String::from("  ephemeral: true"));
    }
    lines
}

/// Returns the lines of `command` or `args`.
fn words_of_key(key: &str, words: &[Word]) -> Vec<String> {
    let mut lines = variable_comments(words);
    if words.is_empty() {
        lines.push(format!("{key}: [] # the image's own, without arguments"));
    } else if let Some(list) = flow_words(words) {
        lines.push(format!("{key}: {list}"));
    } else {
        lines.push(format!("{key}:"));
        for word in words {
            lines.extend(word_lines(word).iter().map(|line| indent(line, 2)));
        }
    }
    lines
}

/// Returns the lines of an item of `exec`.
fn exec_lines(words: &[Word]) -> Vec<String> {
    let mut lines = variable_comments(words);
    if let Some(list) = flow_words(words) {
        lines.push(format!("- {list}"));
        return lines;
    }
    // The list of words is itself the item of a list: its first line begins with a second dash.
    let lines_of_words: Vec<String> = words.iter().flat_map(word_lines).collect();
    for (index, line) in lines_of_words.iter().enumerate() {
        lines.push(match index {
            0 => format!("- {line}"),
            _ => indent(line, 2),
        });
    }
    lines
}

/// Returns the words as a list on one line; `None` if it is too long or holds lines of a script.
fn flow_words(words: &[Word]) -> Option<String> {
    let has_script = words.iter().any(|word| match word {
        Word::Literal(text) => block_scalar(text).is_some(),
        Word::Pattern(_) => false,
    });
    let words: Vec<String> = words.iter().map(flow_word).collect();
    let list = format!("[{}]", words.join(", "));
    (!has_script && list.chars().count() <= LONGEST_LINE).then_some(list)
}

fn flow_word(word: &Word) -> String {
    match word {
        Word::Literal(text) => scalar(text),
        Word::Pattern(pattern) => format!("{{pattern: {}}}", scalar(pattern.as_str())),
    }
}

/// Returns the lines of a word, an item of a list.
fn word_lines(word: &Word) -> Vec<String> {
    let block = match word {
        Word::Literal(text) => block_scalar(text),
        Word::Pattern(_) => None,
    };
    let Some(block) = block else {
        return vec![format!("- {}", flow_word(word))];
    };
    let mut lines = vec![format!("- {}", block.header)];
    lines.extend(block.lines.iter().map(|line| indent(line, 2)));
    lines
}

/// Returns a comment for each variable that the kubelet replaces in the words.
fn variable_comments(words: &[Word]) -> Vec<String> {
    let variables: BTreeSet<&str> = words.iter().filter_map(variable).collect();
    let mut comments = Vec::new();
    for variable in variables {
        let variable = printable(variable);
        comments.push(format!(
            "# the kubelet replaces {variable} from the container's environment, which no rule names"
        ));
    }
    comments
}

/// Returns the first variable in a word. A pattern matches no word with a variable.
fn variable(word: &Word) -> Option<&str> {
    match word {
        Word::Literal(text) => first_variable(text),
        Word::Pattern(_) => None,
    }
}

/// Returns `line` indented by `columns` columns. An empty line of a script stays empty.
fn indent(line: &str, columns: usize) -> String {
    if line.is_empty() {
        return String::new();
    }
    format!("{:columns$}{line}", "")
}
