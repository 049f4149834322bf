//! Oracle: the types of the Kubernetes API, as the crate `k8s-openapi` has them, find
//! the same pod specs and the same flags in every kind they know.

use std::collections::BTreeSet;

use k8s_openapi::api::apps::v1::{DaemonSet, Deployment, ReplicaSet, StatefulSet};
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::{
    Pod, PodSpec, PodTemplate, PodTemplateSpec, ReplicationController, SecurityContext,
    WindowsSecurityContextOptions,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use reliability::choices::Choices;
use reliability::spelling::corrupt;
use reliability::workload;
use serde_json::Value;

use crate::cases::for_all;
use crate::policy::{judge, rule_for_all, rules_alone};
use crate::recorded;

/// A pod template as the typed reader has it, and its path.
struct Typed {
    path: &'static str,
    metadata: Option<ObjectMeta>,
    spec: Option<PodSpec>,
}

/// Reads the request's object; none for a kind that is not known.
fn read(request: &Value) -> Option<Result<Typed, serde_json::Error>> {
    let kind = |key| request["kind"][key].as_str().unwrap_or_default();
    let object = request["object"].clone();
    fn of<T: serde::de::DeserializeOwned>(
        object: Value,
        path: &'static str,
        template: fn(T) -> Option<PodTemplateSpec>,
    ) -> Result<Typed, serde_json::Error> {
        let template = template(serde_json::from_value(object)?);
        let (metadata, spec) = template.map(|t| (t.metadata, t.spec)).unwrap_or_default();
        Ok(Typed {
            path,
            metadata,
            spec,
        })
    }
    let spec = "spec.template.";
    Some(match (kind("group"), kind("kind")) {
        ("", "Pod") => of(object, "", |pod: Pod| {
            Some(PodTemplateSpec {
                metadata: Some(pod.metadata),
                spec: pod.spec,
            })
        }),
        ("", "PodTemplate") => of(object, "template.", |o: PodTemplate| o.template),
        ("", "ReplicationController") => {
            of(object, spec, |o: ReplicationController| o.spec?.template)
        }
        ("apps", "Deployment") => of(object, spec, |o: Deployment| Some(o.spec.template)),
        ("apps", "ReplicaSet") => of(object, spec, |o: ReplicaSet| o.spec.template),
        ("apps", "StatefulSet") => of(object, spec, |o: StatefulSet| Some(o.spec.template)),
        ("apps", "DaemonSet") => of(object, spec, |o: DaemonSet| Some(o.spec.template)),
        ("batch", "Job") => of(object, spec, |o: Job| Some(o.spec?.template)),
        ("batch", "CronJob") => of(object, "spec.jobTemplate.spec.template.", |o: CronJob| {
            Some(o.spec.job_template.spec?.template)
        }),
        _ => return None,
    })
}

/// A container: its path below the pod spec, its name, and its own options.
struct Part {
    path: String,
    name: String,
    options: WindowsSecurityContextOptions,
}

fn parts(spec: &PodSpec) -> Vec<Part> {
    let part = |list: &str, index: usize, name: &str, context: Option<&SecurityContext>| Part {
        path: format!("{list}[{index}]."),
        name: name.to_owned(),
        options: context
            .and_then(|c| c.windows_options.clone())
            .unwrap_or_default(),
    };
    let mut parts = Vec::new();
    for (index, c) in spec.init_containers.iter().flatten().enumerate() {
        parts.push(part(
            "initContainers",
            index,
            &c.name,
            c.security_context.as_ref(),
        ));
    }
    for (index, c) in spec.containers.iter().enumerate() {
        parts.push(part(
            "containers",
            index,
            &c.name,
            c.security_context.as_ref(),
        ));
    }
    for (index, c) in spec.ephemeral_containers.iter().flatten().enumerate() {
        parts.push(part(
            "ephemeralContainers",
            index,
            &c.name,
            c.security_context.as_ref(),
        ));
    }
    parts
}

impl Typed {
    fn annotation_asks(&self) -> bool {
        let annotations = self.metadata.as_ref().and_then(|m| m.annotations.as_ref());
        let value = annotations.and_then(|a| a.get("microsoft.com/hostprocess-container"));
        value.is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }

    fn pod_flag(&self) -> Option<bool> {
        let context = self.spec.as_ref()?.security_context.as_ref()?;
        context.windows_options.as_ref()?.host_process
    }

    /// The paths of everything that asks.
    fn asking(&self) -> BTreeSet<String> {
        const FLAG: &str = "securityContext.windowsOptions.hostProcess";
        let Some(spec) = &self.spec else {
            return BTreeSet::new();
        };
        let mut paths = BTreeSet::new();
        if self.annotation_asks() {
            paths.insert(format!(
                "{}metadata.annotations[microsoft.com/hostprocess-container]",
                self.path
            ));
        }
        if self.pod_flag() == Some(true) {
            paths.insert(format!("{}spec.{FLAG}", self.path));
        }
        for part in parts(spec) {
            if part.options.host_process == Some(true) {
                paths.insert(format!("{}spec.{}{FLAG}", self.path, part.path));
            }
        }
        paths
    }

    /// The names of the containers that would run as HostProcess containers.
    fn host_process_containers(&self) -> Vec<String> {
        parts(self.spec.as_ref().unwrap_or(&PodSpec::default()))
            .into_iter()
            .filter(|part| {
                let own = part.options.host_process.or(self.pod_flag());
                self.annotation_asks() || own.unwrap_or(false)
            })
            .map(|part| part.name)
            .collect()
    }
}

/// Compares what the policy finds with what the typed reader finds. `sound` says that
/// all types are right.
fn compare(request: &Value, sound: bool) -> Result<&'static str, String> {
    let denial = judge(request, &rules_alone(&[]))?;
    let typed = match read(request) {
        None => return Ok("unknown kind"),
        Some(Err(error)) if sound => return Err(format!("the typed reader fails: {error}")),
        // The typed reader reads everything, the policy a part: it may refuse more.
        Some(Err(_)) => return Ok("ill-typed"),
        // What is around the object is none of the typed reader's business.
        Some(Ok(_)) if denial.message.contains(": request.") => return Ok("ill-typed"),
        Some(Ok(_)) if denial.code == 400 => {
            return Err(format!(
                "only the policy cannot read it: {}",
                denial.message
            ));
        }
        Some(Ok(typed)) => typed,
    };
    let operation = request["operation"].as_str();
    if matches!(operation, Some("DELETE" | "CONNECT")) {
        return Ok("not judged");
    }
    let found: BTreeSet<String> = denial
        .findings()
        .iter()
        .filter_map(|finding| {
            let finding = finding
                .strip_prefix("HostProcess denied: ")
                .unwrap_or(finding);
            Some(finding.split_once(": Forbidden: ")?.0.to_owned())
        })
        .collect();
    let expected = typed.asking();
    // A long message leaves some out, and says so.
    let some_are_left_out = denial.message.ends_with(" more") && found.is_subset(&expected);
    if found != expected && !some_are_left_out {
        return Err(format!("found {found:?}, expected {expected:?}"));
    }
    if expected.is_empty() {
        return Ok("accepted");
    }
    let admission = judge(request, &rules_alone(&[rule_for_all()]))?;
    let mut names = typed.host_process_containers();
    // Other names come out escaped, and those that are absent leave no trace.
    let plain = |name: &String| name.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-');
    if names.iter().all(plain) {
        names.retain(|name| !name.is_empty());
        let found = admission.audit["host-process-containers"].split(',');
        let found: Vec<&str> = found.filter(|name| !name.is_empty()).collect();
        if found != names {
            return Err(format!("containers {found:?}, expected {names:?}"));
        }
    }
    Ok("asking")
}

#[test]
fn the_typed_reader_and_the_policy_find_the_same() {
    for_all(
        160,
        &["accepted", "asking"],
        workload::built_in_request,
        |request| compare(request, true),
    );
}

#[test]
fn what_the_policy_cannot_read_the_typed_reader_cannot_read() {
    let broken = |choices: &mut Choices<'_>| {
        let mut request = workload::built_in_request(choices);
        corrupt(choices, &mut request["object"]);
        request
    };
    let classes = &["accepted", "asking", "ill-typed"];
    for_all(200, classes, broken, |request| compare(request, false));
}

#[test]
fn they_find_the_same_in_recorded_requests() {
    let mut compared = 0;
    for recorded in recorded::requests() {
        let mut request = recorded.request;
        if let Some(fields) = request.as_object_mut() {
            fields.remove("oldObject");
            fields.remove("old_object");
        }
        let class = compare(&request, false)
            .unwrap_or_else(|difference| panic!("{}: {difference}", recorded.name));
        compared += usize::from(["accepted", "asking"].contains(&class));
    }
    println!("{compared} recorded requests");
    assert!(compared > 150);
}
