//! The workload whose controller made an object.

use serde_json::Value;

/// The workload that an object belongs to because a controller made the object for it.
#[derive(Debug, PartialEq)]
pub struct OwningWorkload<'a> {
    /// The kind; empty if the object does not say it.
    pub kind: &'a str,
    /// The name. Never empty.
    pub name: &'a str,
    /// The uid. `None` if it is not known: an object names only the ReplicaSet or Job that owns it, and
    /// not the Deployment or CronJob behind that.
    pub uid: Option<&'a str>,
}

impl<'a> OwningWorkload<'a> {
    /// Returns the workload that `object` belongs to; `None` if no controller made the object.
    ///
    /// The name of a ReplicaSet, together with a label of its pods, tells the Deployment that made it, and
    /// the name of a Job tells the CronJob. So all pods of a Deployment belong to the same workload,
    /// whichever ReplicaSet made them.
    pub fn of(object: &'a Value) -> Option<Self> {
        let metadata = &object["metadata"];
        let owners = metadata["ownerReferences"].as_array()?;
        let owner = owners.iter().find(|owner| owner["controller"] == true)?;
        let kind = owner["kind"].as_str().unwrap_or_default();
        let name = owner["name"].as_str().filter(|name| !name.is_empty())?;

        let owner_of_owner = match kind {
            "ReplicaSet" => deployment_name(name, metadata).map(|name| ("Deployment", name)),
            "Job" => cron_job_name(name).map(|name| ("CronJob", name)),
            _ => None,
        };
        Some(match owner_of_owner {
            Some((kind, name)) => OwningWorkload {
                kind,
                name,
                uid: None,
            },
            None => OwningWorkload {
                kind,
                name,
                uid: owner["uid"].as_str(),
            },
        })
    }
}

/// Returns the name of the Deployment that named the ReplicaSet `replica_set` (`web-7d9f8b6c5`); `None`
/// if no Deployment did. `metadata` is that of a pod, which has the hash at the end of the name as a
/// label.
fn deployment_name<'r>(replica_set: &'r str, metadata: &Value) -> Option<&'r str> {
    let hash = metadata["labels"]["pod-template-hash"].as_str()?;
    let deployment = replica_set.strip_suffix(hash)?.strip_suffix('-')?;
    if deployment.is_empty() {
        return None;
    }
    Some(deployment)
}

/// Returns the name of the CronJob that named the Job `job` by the minute of its start
/// (`backup-29012345`). `None` if no CronJob did.
fn cron_job_name(job: &str) -> Option<&str> {
    let (cron_job, minute) = job.rsplit_once('-')?;
    let is_minute = minute.len() >= 8 && minute.bytes().all(|c| c.is_ascii_digit());
    if !is_minute || cron_job.is_empty() {
        return None;
    }
    Some(cron_job)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use serde_json::json;

    use super::*;

    #[rstest]
    #[case::daemon_set("DaemonSet", "proxy.windows", "DaemonSet", "proxy.windows", Some("u"))]
    #[case::replica_set("ReplicaSet", "web-7d9f8b6c5", "Deployment", "web", None)]
    #[case::replica_set_of_its_own("ReplicaSet", "web", "ReplicaSet", "web", Some("u"))]
    #[case::job_of_a_cron_job("Job", "backup-29012345", "CronJob", "backup", None)]
    #[case::job("Job", "backup-2", "Job", "backup-2", Some("u"))]
    fn a_pod_belongs_to_the_workload_behind_its_owner(
        #[case] owner_kind: &str,
        #[case] owner_name: &str,
        #[case] kind: &str,
        #[case] name: &str,
        #[case] uid: Option<&str>,
    ) {
        let owner = json!({"kind": owner_kind, "name": owner_name, "uid": "u", "controller": true});
        let pod = json!({"metadata": {
            "labels": {"pod-template-hash": "7d9f8b6c5"},
            "ownerReferences": [{"kind": "Node", "name": "n"}, owner],
        }});
        let expected = OwningWorkload { kind, name, uid };
        assert_eq!(OwningWorkload::of(&pod), Some(expected));
    }

    #[test]
    fn an_owner_that_is_no_controller_does_not_count() {
        let pod = json!({"metadata": {"ownerReferences": [{"kind": "Node", "name": "n"}]}});
        assert_eq!(OwningWorkload::of(&pod), None);
    }
}
