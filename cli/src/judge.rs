//! The policy's verdicts on what manifests hold.

use std::sync::atomic::{AtomicBool, Ordering};

use serde::Serialize;
use serde_json::{Value, json};
use windows_hostprocess_policy::request::Request;
use windows_hostprocess_policy::settings::{Rule, Settings};
use windows_hostprocess_policy::{Host, Verdict};

use crate::object::Content;
use crate::printable::name;
use crate::request::{self, Circumstances};

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
    pub host: Box<dyn Host + Send + Sync>,
    pub circumstances: Circumstances,
    /// Whether an object has been judged as if whoever asks for it fitted.
    pub anyone: AtomicBool,
}

/// How an object is called, and where it stands. Everything in it is printable.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Subject {
    pub file: String,
    pub line: usize,
    pub api_version: String,
    pub kind: String,
    /// Empty for a kind that stands in none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub namespace: String,
    /// Its name, else what its name is to begin with.
    pub name: String,
}

/// An object with its verdict, and that by the settings to compare with.
#[derive(Debug, Serialize)]
pub struct Judged {
    #[serde(flatten)]
    pub subject: Subject,
    #[serde(flatten)]
    pub told: Told,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Told>,
}

/// A verdict and what is to be told of it.
#[derive(Debug, Default, Serialize)]
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
    pub suggested_rule: Option<Rule>,
}

impl Judge {
    /// The verdict on `content`, which stands at `line` of `file`; none on what is no object.
    pub fn judge(&self, file: &str, line: usize, content: Content) -> Option<Judged> {
        let mut request = content.into_request(&self.circumstances)?;
        // What nobody named asks for is a manifest, or as good as one.
        let mut anyone = request["userInfo"].is_null() && request["user_info"].is_null();
        if let (true, Some((username, groups))) = (anyone, &self.circumstances.requester) {
            request["userInfo"] = json!({"username": username, "groups": groups});
            anyone = false;
        }
        self.anyone.fetch_or(anyone, Ordering::Relaxed);
        let told = |settings| self.tell(&request, anyone, settings);
        Some(Judged {
            told: told(&self.settings),
            before: self.old.as_ref().map(told),
            subject: Subject::of(&request, file, line),
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
                suggested_rule: suggested_rule.map(|rule| *rule),
                ..Told::default()
            },
            Err(unreadable) => Told {
                denied: true,
                reasons: vec![format!("the request cannot be read: {unreadable}")],
                ..Told::default()
            },
        }
    }
}

impl Judged {
    /// Whether the two verdicts on it differ.
    pub fn is_changed(&self) -> bool {
        let before = self.before.as_ref();
        before.is_some_and(|before| before.denied != self.told.denied)
    }
}

impl Subject {
    /// What `request` is about.
    pub fn of(request: &Value, file: &str, line: usize) -> Self {
        let text = |value: &Value| name(value.as_str().unwrap_or_default());
        let kind = &request["kind"];
        let version = text(&kind["version"]);
        Subject {
            file: file.to_owned(),
            line,
            api_version: match &*text(&kind["group"]) {
                "" => version,
                group => format!("{group}/{version}"),
            },
            kind: text(&kind["kind"]),
            namespace: text(&request["namespace"]),
            name: match text(&request["name"]) {
                none if none.is_empty() => text(&request["object"]["metadata"]["generateName"]),
                name => name,
            },
        }
    }

    /// `Kind namespace/name`
    pub fn title(&self) -> String {
        match &*self.namespace {
            "" => format!("{} {}", self.kind, self.name),
            namespace => format!("{} {namespace}/{}", self.kind, self.name),
        }
    }
}

impl Content {
    /// The request itself, or the one that creates the object; none of what is no object.
    pub fn into_request(self, circumstances: &Circumstances) -> Option<Value> {
        match self {
            Content::Object(object) => Some(request::creates(object, circumstances)),
            Content::Request(request) => Some(request),
            Content::Other { .. } => None,
        }
    }
}
