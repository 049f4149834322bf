//! The policy's verdicts on what manifests hold.

use serde::Serialize;
use serde_json::Value;
use windows_hostprocess_policy::request::Request;
use windows_hostprocess_policy::settings::{Rule, Settings};
use windows_hostprocess_policy::{Host, Verdict};

use crate::object::Content;
use crate::request::{self, Subject};

/// A host where no answers are recorded.
pub struct NoCluster;

impl Host for NoCluster {
    fn kubernetes(&self, _: &str, _: &[u8]) -> Result<Vec<u8>, String> {
        Err(String::from(
            "no cluster is asked here: give its answers by --replay-host-capabilities-interactions",
        ))
    }
}

/// What objects are judged by.
pub struct Judge {
    pub settings: Settings,
    /// The settings to compare with.
    pub old: Option<Settings>,
    pub host: Box<dyn Host>,
    /// That of objects that name none.
    pub namespace: String,
    /// The `userInfo` of requests that have none; without, whoever asks counts as fitting.
    pub user_info: Option<Value>,
}

/// An object with its verdict, and that by the settings to compare with.
#[derive(Serialize)]
pub struct Judged {
    #[serde(flatten)]
    pub subject: Subject,
    #[serde(flatten)]
    pub told: Told,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Told>,
    /// Whether whoever asks counted as fitting.
    #[serde(skip)]
    pub anyone: bool,
}

/// A verdict and what is to be told of it.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Told {
    pub denied: bool,
    /// Why it is denied.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
    /// What would run on the node.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub processes: Vec<String>,
    /// What else is wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub to_mend: Vec<String>,
    /// The rules that admit it; none where it asks for nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub allowed_by: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub host_process_containers: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// The least rule that would admit it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suggested_rule: Option<Box<Rule>>,
}

impl Judge {
    /// The verdict on `content`, which stands at `line` of `file`; none on what is no object.
    pub fn judge(&self, file: &str, line: usize, content: Content) -> Option<Judged> {
        let mut request = request::of(content, &self.namespace)?;
        // What nobody named asks for is a manifest, or as good as one.
        let mut anyone = request["userInfo"].is_null() && request["user_info"].is_null();
        if let (true, Some(user_info)) = (anyone, &self.user_info) {
            request["userInfo"] = user_info.clone();
            anyone = false;
        }
        let told = |settings| self.tell(&request, anyone, settings);
        Some(Judged {
            told: told(&self.settings),
            before: self.old.as_ref().map(told),
            subject: Subject::of(&request, file, line),
            anyone,
        })
    }

    fn tell(&self, request: &Value, anyone: bool, settings: &Settings) -> Told {
        let verdict = Request::read(request).and_then(|mut request| {
            if anyone {
                request.requester = None;
            }
            windows_hostprocess_policy::judge(&request, settings, &*self.host)
        });
        let mut told = Told { denied: true, ..Told::default() };
        match verdict {
            Ok(Verdict::Accepted) => told.denied = false,
            Ok(Verdict::Admitted { allowed_by, host_process_containers, warnings }) => {
                told.denied = false;
                told.allowed_by = allowed_by;
                told.host_process_containers = host_process_containers;
                told.warnings = warnings;
            }
            Ok(Verdict::Denied { denial, suggested_rule }) => {
                told.reasons = denial.reasons;
                told.processes = denial.processes;
                told.to_mend = denial.to_mend;
                told.suggested_rule = suggested_rule;
            }
            Err(unreadable) => {
                told.reasons = vec![format!("the request cannot be read: {unreadable}")];
            }
        }
        told
    }
}

impl Judged {
    /// Whether the two verdicts on it differ.
    pub fn is_changed(&self) -> bool {
        self.before.as_ref().is_some_and(|before| before.denied != self.told.denied)
    }

    /// What is to be told of it, a sentence a line; all is printable.
    pub fn findings(&self) -> Vec<String> {
        let before = self.before.iter().flat_map(Told::lines).map(|it| format!("before: {it}"));
        self.told.lines().into_iter().chain(before).collect()
    }
}

impl Told {
    fn lines(&self) -> Vec<String> {
        let mut lines = [&self.reasons[..], &self.processes].concat();
        lines.extend(self.to_mend.iter().map(|it| format!("to mend as well: {it}")));
        if !self.allowed_by.is_empty() {
            lines.push(format!("admitted by rule {}", self.allowed_by.join(", ")));
        }
        lines.extend(self.warnings.iter().map(|it| format!("warning: {it}")));
        lines
    }
}
