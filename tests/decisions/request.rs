//! The admission request of a case.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::table::{Entry, Fixtures, deserialize_nullable};
use crate::workload::{Changes, Kind, Repeat};

/// The subresource of a pod that somebody connects to.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Connect {
    Exec,
    Attach,
}

/// The keys of a case that describe its request. The README of the tables explains them.
///
/// A key with `deserialize_nullable` is `Some(null)` if the case writes null, and `None` if it leaves the key out.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RequestKeys {
    kind: Option<String>,
    connect: Option<Connect>,
    #[serde(deserialize_with = "deserialize_nullable")]
    operation: Option<Value>,
    #[serde(deserialize_with = "deserialize_nullable")]
    namespace: Option<Value>,
    #[serde(deserialize_with = "deserialize_nullable")]
    user: Option<Value>,
    #[serde(deserialize_with = "deserialize_nullable")]
    groups: Option<Value>,
    #[serde(rename = "subResource", deserialize_with = "deserialize_nullable")]
    sub_resource: Option<Value>,
    repeat: Option<Repeat>,
    old: Option<Changes>,
    request: Entry,
    #[serde(rename = "request-without")]
    without: Vec<String>,
}

impl Connect {
    fn kind(self) -> &'static str {
        match self {
            Connect::Exec => "v1/PodExecOptions",
            Connect::Attach => "v1/PodAttachOptions",
        }
    }

    fn sub_resource(self) -> &'static str {
        match self {
            Connect::Exec => "exec",
            Connect::Attach => "attach",
        }
    }
}

impl RequestKeys {
    /// The keys, so that they can be told from the other keys of a case. They name the fields above.
    pub const KEYS: [&str; 11] = [
        "kind",
        "connect",
        "operation",
        "namespace",
        "user",
        "groups",
        "subResource",
        "repeat",
        "old",
        "request",
        "request-without",
    ];

    /// Returns the kind of the request's object.
    pub fn kind(&self) -> Kind {
        let name = match self.connect {
            Some(connect) => connect.kind(),
            None => self.kind.as_deref().unwrap_or("Pod"),
        };
        Kind::parse(name)
    }

    /// Returns the request, whose object is made by `changes`.
    pub fn request(&self, changes: &Changes, fixtures: &Fixtures) -> Value {
        let kind = self.kind();
        let resource = match self.connect {
            Some(_) => String::from("pods"),
            None => format!("{}s", kind.name.to_lowercase()),
        };
        let operation = match self.connect {
            Some(_) => json!("CONNECT"),
            None => json!("CREATE"),
        };
        let defaults = &fixtures.request;
        let mut request = json!({
            "uid": "1299d386-525b-4032-98ae-1949f69f9cfc",
            "kind": { "group": kind.group, "version": kind.version, "kind": kind.name },
            "resource": { "group": kind.group, "version": kind.version, "resource": resource },
            "name": "node-agent",
            "namespace": self.namespace.as_ref().unwrap_or(&defaults["namespace"]),
            "operation": self.operation.as_ref().unwrap_or(&operation),
            "userInfo": {
                "username": self.user.as_ref().unwrap_or(&defaults["user"]),
                "groups": self.groups.as_ref().unwrap_or(&defaults["groups"]),
            },
            "object": self.object(&kind, changes, changes.pod_name(), fixtures),
            "dryRun": false,
            "options": null,
        });

        if let Some(sub_resource) = &self.sub_resource {
            request["subResource"] = sub_resource.clone();
        } else if let Some(connect) = self.connect {
            request["subResource"] = connect.sub_resource().into();
        }
        if let Some(old) = &self.old {
            request["oldObject"] = self.object(&kind, old, changes.pod_name(), fixtures);
        }
        for (key, value) in &self.request {
            request[key] = value.clone();
        }
        let fields = request.as_object_mut().expect("the request is an object");
        fields.retain(|key, _| !self.without.contains(key));
        request
    }

    /// Returns the object that `changes` make. They start from the object that the case gives whole,
    /// else from the options of an exec, else from a pod template of the fixtures: the one that
    /// `changes` name. If they name none, as those of an old object may do, it is `default_pod`.
    fn object(
        &self,
        kind: &Kind,
        changes: &Changes,
        default_pod: Option<&str>,
        fixtures: &Fixtures,
    ) -> Value {
        let options = json!({ "container": "agent", "stdin": true, "tty": true });
        let whole = match (changes.whole_object(), self.connect) {
            (Some(object), _) => Some(object.clone()),
            (None, Some(_)) => Some(options),
            (None, None) => None,
        };
        let is_template = whole.is_none();
        let mut object = whole.unwrap_or_else(|| changes.starting_pod(default_pod, fixtures));
        if let Some(repeat) = &self.repeat {
            repeat.apply(&mut object);
        }
        changes.apply(&mut object);
        if is_template {
            kind.wrap(object)
        } else {
            object
        }
    }
}
