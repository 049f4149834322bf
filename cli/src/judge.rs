//! The policy's verdicts on what manifests hold.

use std::sync::atomic::{AtomicBool, Ordering};

use serde::Serialize;
use serde_json::{Value, json};
use windows_hostprocess_policy::request::Request;
use windows_hostprocess_policy::settings::{Rule, Settings};
use windows_hostprocess_policy::{Host, Verdict};

use crate::object::Content;
use crate::printable::name;
use crate::request::{self, Circumstances, Subject};

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
    /// The settings.
    pub settings: Settings,
    /// The settings to compare with.
    pub old: Option<Settings>,
    /// Who answers for the cluster.
    pub host: Box<dyn Host + Send + Sync>,
    /// What manifests do not say.
    pub circumstances: Circumstances,
    /// Whether an object has been judged as if whoever asks for it fitted.
    pub anyone: AtomicBool,
}

/// An object with its verdict. Everything in it is printable.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Judged {
    /// Its file.
    pub file: String,
    /// The line that it begins in.
    pub line: usize,
    /// `apiVersion`
    pub api_version: String,
    /// `kind`
    pub kind: String,
    /// Its namespace; empty where it stands in none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The verdict.
    #[serde(flatten)]
    pub told: Told,
    /// The verdict by the settings to compare with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Told>,
}

/// A verdict and what is to be told of it.
#[derive(Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Told {
    /// Whether the object is denied.
    pub denied: bool,
    /// Why.
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
    /// Its HostProcess containers, where it is admitted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub host_process_containers: Vec<String>,
    /// What an admitted object is warned of.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// The least rule that would admit it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suggested_rule: Option<Rule>,
}

impl Judge {
    /// The verdict on `content`, which stands at `line` of `file`; none of what is no object.
    pub fn judge(&self, file: &str, line: usize, content: Content) -> Option<Judged> {
        let (subject, mut value) = match content {
            Content::Object(object) => request::creates(object, &self.circumstances),
            Content::Request(request) => (request::subject(&request), request),
            Content::Other { .. } => return None,
        };
        // What is asked by nobody named is a manifest, or as good as one.
        let nobody = ["userInfo", "user_info"].iter().all(|user| value[*user].is_null());
        if let (true, Some((username, groups))) = (nobody, &self.circumstances.requester) {
            value["userInfo"] = json!({"username": username, "groups": groups});
        }
        let anyone = nobody && self.circumstances.requester.is_none();
        self.anyone.fetch_or(anyone, Ordering::Relaxed);
        let told = |settings| self.tell(&value, anyone, settings);
        Some(Judged {
            file: file.to_owned(),
            line,
            api_version: name(&subject.api_version),
            kind: name(&subject.kind),
            namespace: name(&subject.namespace),
            name: name(&subject.name),
            told: told(&self.settings),
            before: self.old.as_ref().map(told),
        })
    }

    fn tell(&self, request: &Value, anyone: bool, settings: &Settings) -> Told {
        let verdict = Request::read(request).and_then(|mut request| {
            if anyone {
                request.requester = None;
            }
            windows_hostprocess_policy::judge(&request, settings, &*self.host)
        });
        match verdict {
            Ok(Verdict::Accepted) => Told::default(),
            Ok(Verdict::Admitted { allowed_by, host_process_containers, warnings }) => {
                Told { allowed_by, host_process_containers, warnings, ..Told::default() }
            }
            Ok(Verdict::Denied { denial, suggested_rule }) => Told {
                denied: true,
                reasons: denial.reasons,
                processes: denial.processes,
                to_mend: denial.to_mend,
                suggested_rule,
                ..Told::default()
            },
            Err(unreadable) => Told {
                denied: true,
                reasons: vec![format!("cannot be judged: {unreadable}")],
                ..Told::default()
            },
        }
    }
}

impl Judged {
    /// `Kind namespace/name`
    pub fn title(&self) -> String {
        title(&self.kind, &self.namespace, &self.name)
    }

    /// Whether the two verdicts on it differ.
    pub fn is_changed(&self) -> bool {
        self.before.as_ref().is_some_and(|before| before.denied != self.told.denied)
    }
}

/// `Kind namespace/name`, printable.
pub fn title_of(subject: &Subject) -> String {
    let [kind, namespace, name] =
        [&subject.kind, &subject.namespace, &subject.name].map(|text| name(text));
    title(&kind, &namespace, &name)
}

fn title(kind: &str, namespace: &str, name: &str) -> String {
    match namespace {
        "" => format!("{kind} {name}"),
        _ => format!("{kind} {namespace}/{name}"),
    }
}
