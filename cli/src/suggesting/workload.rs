//! Which workload an object belongs to: all objects of one workload suggest one rule.

use serde_json::Value;

/// A workload: what a rule is suggested for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Workload {
    /// The namespace.
    pub namespace: String,
    /// The kind: of the object itself, or of the owner that its controller works for.
    pub kind: String,
    /// The name; of a pod that only has one from the API server, what the name begins with.
    pub name: String,
    /// The uid, if the object or the reference to its owner has one.
    uid: Option<String>,
}

impl Workload {
    /// Returns the workload that the object of `request` belongs to.
    pub fn of(request: &Value) -> Self {
        let object = &request["object"];
        let namespace = text(&request["namespace"]).to_owned();
        if let Some(owner) = controlling_owner(object) {
            let (kind, name) = workload_of_owner(owner, object);
            let is_owner_itself = kind == text(&owner["kind"]);
            return Workload {
                namespace,
                kind: kind.to_owned(),
                name: name.to_owned(),
                uid: is_owner_itself.then(|| uid(owner)).flatten(),
            };
        }
        let metadata = &object["metadata"];
        let generate_name = text(&metadata["generateName"]).trim_end_matches('-');
        let name = match generate_name {
            "" => text(&metadata["name"]),
            generate_name => generate_name,
        };
        let kind = text(&request["kind"]["kind"]);
        Workload {
            namespace,
            kind: kind.to_owned(),
            name: name.to_owned(),
            // Pods without an owner and with one generateName are one workload.
            uid: (kind != "Pod").then(|| uid(metadata)).flatten(),
        }
    }

    /// Returns whether the object of `request` is the workload itself, and not what its controller
    /// made.
    pub fn is_of(&self, request: &Value) -> bool {
        controlling_owner(&request["object"]).is_none()
    }

    /// Returns whether both are the same workload. A reference to an owner with another uid means
    /// an owner of the same name that is gone.
    pub fn is_same(&self, other: &Workload) -> bool {
        let uids_differ = matches!((&self.uid, &other.uid), (Some(a), Some(b)) if a != b);
        !uids_differ
            && (&self.namespace, &self.kind, &self.name)
                == (&other.namespace, &other.kind, &other.name)
    }
}

/// Returns whether `object` is a pod that somebody made to work in it: it has no owner, and its
/// containers have a terminal.
pub fn is_debugging_session(object: &Value) -> bool {
    let owners = object["metadata"]["ownerReferences"].as_array();
    let has_owner = owners.is_some_and(|owners| !owners.is_empty());
    let containers = object["spec"]["containers"]
        .as_array()
        .into_iter()
        .flatten();
    let mut interactive =
        containers.filter(|container| container["stdin"] == true && container["tty"] == true);
    !has_owner && interactive.next().is_some()
}

/// Returns the owner whose controller made `object`; `None` if no controller did.
fn controlling_owner(object: &Value) -> Option<&Value> {
    let owners = object["metadata"]["ownerReferences"].as_array()?;
    owners.iter().find(|owner| owner["controller"] == true)
}

/// Returns the kind and name of the workload that `owner` belongs to: of a ReplicaSet that a
/// Deployment made (`web-7d9f8b6c5`) the Deployment, of a Job that a CronJob made
/// (`backup-29012345`) the CronJob.
fn workload_of_owner<'a>(owner: &'a Value, object: &Value) -> (&'a str, &'a str) {
    let (kind, name) = (text(&owner["kind"]), text(&owner["name"]));
    match kind {
        "ReplicaSet" => {
            let hash = text(&object["metadata"]["labels"]["pod-template-hash"]);
            let deployment = name
                .strip_suffix(hash)
                .and_then(|rest| rest.strip_suffix('-'));
            deployment.map_or((kind, name), |deployment| ("Deployment", deployment))
        }
        "Job" => {
            let is_time = |suffix: &str| {
                suffix.len() >= 8 && suffix.bytes().all(|byte| byte.is_ascii_digit())
            };
            let cron_job = name.rsplit_once('-').filter(|(_, suffix)| is_time(suffix));
            cron_job.map_or((kind, name), |(cron_job, _)| ("CronJob", cron_job))
        }
        _ => (kind, name),
    }
}

fn uid(holder: &Value) -> Option<String> {
    holder["uid"].as_str().map(str::to_owned)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    fn pod(metadata: Value) -> Workload {
        Workload::of(&json!({
            "kind": {"kind": "Pod"}, "namespace": "web", "object": {"metadata": metadata},
        }))
    }

    #[rstest]
    #[case::daemon_set("DaemonSet", "proxy", "DaemonSet", "proxy")]
    #[case::replica_set("ReplicaSet", "web-7d9f8b6c5", "Deployment", "web")]
    #[case::replica_set_of_its_own("ReplicaSet", "web", "ReplicaSet", "web")]
    #[case::job_of_a_cron_job("Job", "backup-29012345", "CronJob", "backup")]
    #[case::job("Job", "backup-2", "Job", "backup-2")]
    fn a_pod_belongs_to_the_workload_of_its_owner(
        #[case] owner_kind: &str,
        #[case] owner: &str,
        #[case] kind: &str,
        #[case] name: &str,
    ) {
        let workload = pod(json!({
            "name": "x",
            "labels": {"pod-template-hash": "7d9f8b6c5"},
            "ownerReferences": [{"kind": owner_kind, "name": owner, "controller": true}],
        }));
        assert_eq!((&*workload.kind, &*workload.name), (kind, name));
    }

    #[test]
    fn bare_pods_with_one_generate_name_are_one_workload() {
        let first = pod(json!({"name": "shell-abcde", "generateName": "shell-"}));
        let second = pod(json!({"name": "shell-fghij", "generateName": "shell-"}));
        assert!(first.is_same(&second));
    }

    #[test]
    fn an_owner_with_another_uid_is_another_workload() {
        let owned = |uid| {
            pod(json!({"ownerReferences": [
            {"kind": "DaemonSet", "name": "proxy", "controller": true, "uid": uid}]}))
        };
        assert!(owned("a").is_same(&owned("a")));
        assert!(!owned("a").is_same(&owned("b")));
    }

    #[rstest]
    #[case::terminal(json!([]), true, true)]
    #[case::no_terminal(json!([]), false, false)]
    #[case::owned(json!([{"kind": "Job"}]), true, false)]
    fn debugging_sessions(#[case] owners: Value, #[case] tty: bool, #[case] expected: bool) {
        let pod = json!({"metadata": {"ownerReferences": owners},
            "spec": {"containers": [{"stdin": true, "tty": tty}]}});
        assert_eq!(is_debugging_session(&pod), expected);
    }
}
