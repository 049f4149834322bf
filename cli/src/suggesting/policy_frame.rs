//! The whole policy around settings: artefacts/policy.yaml with other settings.

use windows_hostprocess_policy::settings::Rule;

use crate::judging::policy::PUBLISHED_POLICY;

/// What a policy says beside its settings.
pub struct Frame<'a> {
    /// The comment at the top, without the first `# `.
    pub title: &'a str,
    /// Whether the policy only reports what it would deny.
    pub monitors: bool,
}

/// Returns the policy with `settings`, the lines of a settings file, whose rules are `rules`. If one of
/// them admits only some requesters, the audit scanner, which does not know the requester, does not
/// judge by the policy.
///
/// The lines of artefacts/policy.yaml that change are found by their whole text. The test below fails
/// if one of them is spelled differently.
pub fn policy_with<'r>(
    settings: &str,
    rules: impl IntoIterator<Item = &'r Rule>,
    frame: &Frame<'_>,
) -> String {
    let background_audit = !rules.into_iter().any(Rule::depends_on_requester);
    let mut policy = format!("# {}\n", frame.title);
    let lines = PUBLISHED_POLICY
        .lines()
        .skip_while(|line| line.starts_with('#'));
    for line in lines {
        match line {
            "  mode: protect" if frame.monitors => {
                policy += "  # monitor only reports what would be denied; protect denies it.\n";
                policy += "  mode: monitor\n";
            }
            "  backgroundAudit: true" if !background_audit => {
                policy += "  backgroundAudit: false\n";
            }
            "  settings:" => break,
            line => {
                policy += line;
                policy.push('\n');
            }
        }
    }
    policy += "  settings:\n";
    for line in settings.lines() {
        if !line.is_empty() {
            policy += "    ";
        }
        policy += line;
        policy.push('\n');
    }
    policy
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::reading::yaml;

    #[test]
    fn the_frame_keeps_all_but_settings_mode_and_audit() {
        let frame = Frame {
            title: "Title",
            monitors: true,
        };
        let rule = Rule {
            requested_by: Some(vec![String::from("controllers")]),
            ..Rule::default()
        };
        let policy: Value =
            yaml::read_single(&policy_with("allow: []\n", [&rule], &frame)).unwrap();
        let mut expected: Value = yaml::read_single(PUBLISHED_POLICY).unwrap();
        expected["spec"]["settings"] = json!({"allow": []});
        expected["spec"]["mode"] = json!("monitor");
        expected["spec"]["backgroundAudit"] = json!(false);
        assert_eq!(policy, expected);
    }
}
