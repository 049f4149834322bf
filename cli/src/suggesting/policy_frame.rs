//! The whole policy around settings: artefacts/policy.yaml with other settings.

use crate::judging::policy::PUBLISHED_POLICY;

/// What the policy says beside its settings.
pub struct Frame<'a> {
    /// The comment at the top, without the first `# `.
    pub title: &'a str,
    /// Whether the policy only reports what it would deny.
    pub monitors: bool,
    /// Whether the audit scanner judges by the policy too. The scanner does not know the requester, so
    /// it must not if a rule admits only some requesters.
    pub background_audit: bool,
}

/// Returns the policy with `settings`, the lines of a settings file.
///
/// The lines of artefacts/policy.yaml that change are found by their whole text. The test below fails
/// if one of them is spelled differently.
pub fn policy_with(settings: &str, frame: &Frame<'_>) -> String {
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
            "  backgroundAudit: true" if !frame.background_audit => {
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
            background_audit: false,
        };
        let policy: Value = yaml::one(&policy_with("allow: []\n", &frame)).unwrap();
        let mut expected: Value = yaml::one(PUBLISHED_POLICY).unwrap();
        expected["spec"]["settings"] = json!({"allow": []});
        expected["spec"]["mode"] = json!("monitor");
        expected["spec"]["backgroundAudit"] = json!(false);
        assert_eq!(policy, expected);
    }
}
