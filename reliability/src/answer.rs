//! What every answer of the policy is, whatever the input: a verdict that the API
//! server can take, bounded, and in which nobody but the policy speaks.

use std::collections::BTreeMap;

use serde_json::Value;

/// Longest message of a denial, in bytes.
pub const LONGEST_MESSAGE: usize = 2000;
/// Longest warning, in bytes.
pub const LONGEST_WARNING: usize = 120;
/// Longest list of containers in an audit annotation, in bytes.
pub const LONGEST_NAMES: usize = 1000;
/// Longest message about settings, in bytes.
pub const LONGEST_SETTINGS_MESSAGE: usize = 18_000;

/// The answer to `validate`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    /// The verdict.
    pub accepted: bool,
    /// 400 for what cannot be read, 403 for what is denied, else 0.
    pub code: u64,
    /// The reason of a refusal, else empty.
    pub message: String,
    /// What goes into the audit log.
    pub audit: BTreeMap<String, String>,
    /// What the user is shown.
    pub warnings: Vec<String>,
}

impl Answer {
    /// Reads an answer to `validate`.
    ///
    /// # Errors
    /// It is not what an answer has to be.
    pub fn read(bytes: &[u8]) -> Result<Self, String> {
        let answer = Self::parse(bytes).map_err(|reason| {
            format!("{reason} in the answer {}", String::from_utf8_lossy(bytes))
        })?;
        Ok(answer)
    }

    fn parse(bytes: &[u8]) -> Result<Self, String> {
        printable("the answer", bytes)?;
        let Ok(Value::Object(fields)) = serde_json::from_slice(bytes) else {
            return Err("no JSON object".into());
        };
        let mut answer = Self::default();
        for (key, value) in fields {
            match (key.as_str(), value) {
                ("accepted", Value::Bool(accepted)) => answer.accepted = accepted,
                ("code", Value::Number(code)) => answer.code = code.as_u64().unwrap_or_default(),
                ("message", Value::String(message)) => answer.message = message,
                ("warnings", Value::Array(warnings)) => {
                    for warning in warnings {
                        let Value::String(warning) = warning else {
                            return Err("a warning that is no text".into());
                        };
                        answer.warnings.push(warning);
                    }
                }
                ("audit_annotations", Value::Object(annotations)) => {
                    for (key, value) in annotations {
                        let Value::String(value) = value else {
                            return Err("an audit annotation that is no text".into());
                        };
                        answer.audit.insert(key, value);
                    }
                }
                _ => return Err(format!("{key} out of place")),
            }
        }
        answer.check()?;
        Ok(answer)
    }

    fn check(&self) -> Result<(), String> {
        let annotations: Vec<&str> = self.audit.keys().map(String::as_str).collect();
        let (prefix, wanted): (_, &[&[&str]]) = match (self.accepted, self.code) {
            (true, 0) => ("", &[&[], &["allowed-by", "host-process-containers"]]),
            (false, 400) => ("the request cannot be read: ", &[&[]]),
            (false, 403) => ("HostProcess denied: ", &[&[], &["suggested-rule"]]),
            (accepted, code) => return Err(format!("accepted {accepted} with code {code}")),
        };
        if !wanted.contains(&annotations.as_slice()) {
            return Err(format!("the audit annotations {annotations:?}"));
        }
        if self.message.is_empty() != self.accepted || !self.message.starts_with(prefix) {
            return Err("another message".into());
        }
        bounded("message", &self.message, LONGEST_MESSAGE)?;
        if !self.warnings.is_empty() && annotations.len() != 2 {
            return Err("warnings of what is not admitted".into());
        }
        for warning in &self.warnings {
            bounded("warning", warning, LONGEST_WARNING)?;
        }
        if let Some(names) = self.audit.get("host-process-containers") {
            bounded("list of containers", names, LONGEST_NAMES)?;
        }
        if let Some(rule) = self.audit.get("suggested-rule") {
            printable("the suggested rule", rule.as_bytes())?;
            if !serde_json::from_str::<Value>(rule).is_ok_and(|rule| rule.is_object()) {
                return Err("a suggested rule that is no rule".into());
            }
        }
        Ok(())
    }

    /// The name of the rule that is suggested, and the rule.
    #[must_use]
    pub fn suggested_rule(&self) -> Option<Value> {
        let rule = self.audit.get("suggested-rule")?;
        serde_json::from_str(rule).ok()
    }

    /// The verdict in a word: `accepted` (with nothing to say), `admitted` (by a
    /// rule), `denied` or `unreadable`.
    #[must_use]
    pub fn verdict(&self) -> &'static str {
        match (self.accepted, self.code) {
            (true, _) if self.audit.is_empty() => "accepted",
            (true, _) => "admitted",
            (false, 400) => "unreadable",
            (false, _) => "denied",
        }
    }

    /// The [`findings`] of the message.
    #[must_use]
    pub fn findings(&self) -> Vec<String> {
        findings(&self.message)
    }
}

/// Reads an answer to `validate_settings`: none where the settings are valid, else
/// what is wrong with them.
///
/// # Errors
/// It is not what an answer has to be.
pub fn settings_problem(bytes: &[u8]) -> Result<Option<String>, String> {
    printable("the answer", bytes)?;
    let Ok(Value::Object(fields)) = serde_json::from_slice(bytes) else {
        return Err("no JSON object".into());
    };
    let message = fields.get("message").and_then(Value::as_str);
    match (fields.get("valid"), message, fields.len()) {
        (Some(Value::Bool(true)), None, 1) => Ok(None),
        (Some(Value::Bool(false)), Some(message), 2) => {
            bounded("message", message, LONGEST_SETTINGS_MESSAGE)?;
            if message.starts_with("settings are not valid: ") {
                Ok(Some(message.to_owned()))
            } else {
                Err(format!("another message: {message}"))
            }
        }
        _ => Err(format!("no answer: {}", String::from_utf8_lossy(bytes))),
    }
}

/// One line of printable ASCII. (The JSON of an answer is ASCII too: what is not, the
/// policy escapes.)
fn printable(what: &str, text: &[u8]) -> Result<(), String> {
    match text.iter().find(|byte| !(b' '..=b'~').contains(byte)) {
        None => Ok(()),
        Some(byte) => Err(format!("{what} has the byte {byte:#04x}")),
    }
}

fn bounded(what: &str, text: &str, longest: usize) -> Result<(), String> {
    printable(what, text.as_bytes())?;
    if text.len() > longest {
        return Err(format!("a {what} of {} bytes", text.len()));
    }
    Ok(())
}

/// The parts of `message` between semicolons outside of quotes, with the quoted
/// values left out.
#[must_use]
pub fn findings(message: &str) -> Vec<String> {
    let mut findings = vec![String::new()];
    let mut quoted = false;
    let mut escaped = false;
    for c in message.chars() {
        if quoted {
            quoted = escaped || c != '"';
            escaped = !escaped && c == '\\';
            continue;
        }
        match c {
            ';' => findings.push(String::new()),
            '"' => {
                quoted = true;
                last(&mut findings).push('"');
            }
            _ => last(&mut findings).push(c),
        }
    }
    findings
        .iter()
        .map(|finding| finding.trim().to_owned())
        .collect()
}

fn last(findings: &mut [String]) -> &mut String {
    findings
        .last_mut()
        .expect("there is one from the beginning")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_values_are_no_findings() {
        assert_eq!(
            findings(r#"a: "x; y: \"z\\"; b: "\\" c"#),
            [r#"a: ""#, r#"b: " c"#]
        );
    }
}
